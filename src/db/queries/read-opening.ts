import { type RawBuilder, sql } from 'kysely';
import type { LedgerSum } from '../../domain/reconciliation.ts';
import type { EntityManager } from '../open.ts';

/**
 * What the ledger adds up to before `start`, for each product and channel that it has a row of by then; a null
 * partner is every live channel. It takes the same time however long the ledger has become, because it counts
 * from the nearest sum that is proved: see `ofPartner` and `ofAll`. Call it in the snapshot of its report.
 */
export async function readOpening(
  em: EntityManager,
  partnerId: string | null,
  start: Date,
): Promise<LedgerSum[]> {
  const sums = partnerId === null ? ofAll(start) : ofPartner(partnerId, start);
  const { rows } = await sql<LedgerSum>`
    select product_id as "productId", channel, null as reason, 0 as entries, sum(allocated)::int as allocated,
           sum(reserved)::int as reserved, sum(sold)::int as sold
      from (${sums}) part group by 1, 2`.execute(em.getKysely());
  return rows;
}

/**
 * The closing balance of the partner's last statement before `start`, and the ledger since. What a statement
 * counts is final: it is stored when no transaction is left that could add a row from before its end.
 */
const ofPartner = (partnerId: string, start: Date): RawBuilder<unknown> => sql`
  with last as (
    select ends_at, content from statements
     where partner_id = ${partnerId} and ends_at <= ${start} order by ends_at desc limit 1
  )
  select (account ->> 'productId')::int as product_id, account ->> 'channel' as channel,
         (account #>> '{closing,allocated}')::int as allocated, (account #>> '{closing,reserved}')::int as reserved,
         (account #>> '{closing,sold}')::int as sold
    from last, jsonb_array_elements(content -> 'accounts') account
  union all
  select l.product_id, l.channel, l.delta_allocated, l.delta_reserved, l.delta_sold
    from inventory_ledger l join channel_reservations r using (reservation_id)
   where r.partner_id = ${partnerId} and l.recorded_at < ${start}
     and l.recorded_at >= coalesce((select ends_at from last), '-infinity')`;

/** The counters as they are, less what has come since: in every snapshot they are what the ledger adds up to. */
const ofAll = (start: Date): RawBuilder<unknown> => sql`
  with pools as (
    select i.product_id, pool.key as channel, pool.value
      from product_inventory i
      cross join jsonb_each(i.channel_allocations) pool
      cross join lateral (select from inventory_ledger l
                           where l.product_id = i.product_id and l.channel = pool.key and l.recorded_at < ${start}
                           limit 1) first
     where not is_test_channel(pool.key)
  )
  select product_id, channel, (value ->> 'allocated')::int as allocated, (value ->> 'reserved')::int as reserved,
         (value ->> 'sold')::int as sold
    from pools
  union all
  select l.product_id, l.channel, -l.delta_allocated, -l.delta_reserved, -l.delta_sold
    from inventory_ledger l join pools using (product_id, channel) where l.recorded_at >= ${start}`;
