import { sql } from 'kysely';
import type { Account, LedgerSum } from '../../domain/reconciliation.ts';
import type { EntityManager } from '../open.ts';

/**
 * What the ledger adds up to before `start`, for each product and channel that it has a row of by then; a null
 * partner is every live channel. It counts from the nearest sum that is certain, so that it takes no longer as
 * the ledger grows. Call it in the snapshot of its report.
 */
export function readOpening(em: EntityManager, partnerId: string | null, start: Date): Promise<LedgerSum[]> {
  return partnerId === null ? readOfAll(em, start) : readOfPartner(em, partnerId, start);
}

/**
 * The closing balance of the partner's last statement before, and the ledger since. What a statement counts is
 * final: see `storeStatement`. Two statements, because PostgreSQL plans the second by the dates that it is given.
 */
async function readOfPartner(em: EntityManager, partnerId: string, start: Date): Promise<LedgerSum[]> {
  const db = em.getKysely();
  const last = await sql<{ ends_at: string; accounts: Account[] }>`
    select to_jsonb(ends_at) #>> '{}' as ends_at, content -> 'accounts' as accounts from statements
     where partner_id = ${partnerId} and ends_at <= ${start} order by ends_at desc limit 1`.execute(db);
  const [statement] = last.rows;
  const since = await sql<LedgerSum>`
    select l.product_id as "productId", l.channel, null as reason, count(*)::int as entries,
           sum(l.delta_allocated)::int as allocated, sum(l.delta_reserved)::int as reserved,
           sum(l.delta_sold)::int as sold
      from inventory_ledger l join channel_reservations r using (reservation_id)
     where r.partner_id = ${partnerId}
       and l.recorded_at >= ${statement?.ends_at ?? '-infinity'}::timestamptz and l.recorded_at < ${start}
     group by 1, 2`.execute(db);
  const stated = (statement?.accounts ?? []).map(({ productId, channel, closing }) => ({
    productId,
    channel,
    reason: null,
    entries: 0,
    ...closing,
  }));
  return [...stated, ...since.rows];
}

/** The counters as they are, less what has come since: in every snapshot they are what the ledger adds up to. */
async function readOfAll(em: EntityManager, start: Date): Promise<LedgerSum[]> {
  const { rows } = await sql<LedgerSum>`
    with pools as (
      select i.product_id, pool.key as channel, pool.value
        from product_inventory i
        cross join jsonb_each(i.channel_allocations) pool
        cross join lateral (select from inventory_ledger l
                             where l.product_id = i.product_id and l.channel = pool.key and l.recorded_at < ${start}
                             order by l.recorded_at limit 1) first
       where not is_test_channel(pool.key)
    ), parts as (
      select product_id, channel, (value ->> 'allocated')::int as allocated, (value ->> 'reserved')::int as reserved,
             (value ->> 'sold')::int as sold
        from pools
      union all
      select l.product_id, l.channel, -l.delta_allocated, -l.delta_reserved, -l.delta_sold
        from inventory_ledger l join pools using (product_id, channel) where l.recorded_at >= ${start}
    )
    select product_id as "productId", channel, null as reason, 0 as entries, sum(allocated)::int as allocated,
           sum(reserved)::int as reserved, sum(sold)::int as sold
      from parts group by 1, 2`.execute(em.getKysely());
  return rows;
}
