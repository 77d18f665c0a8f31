import { type RawBuilder, sql } from 'kysely';
import {
  accountsFrom,
  type Cash,
  type LedgerSum,
  type SalesValue,
  type Summary,
} from '../../domain/reconciliation.ts';
import type { EntityManager } from '../open.ts';
import { readOpening } from './read-opening.ts';

/** Whose ledger, and of when: `start` included, `end` not. A null partner is every live channel. */
export type Period = { partnerId: string | null; start: Date; end: Date };

/** Runs reads of a report in one snapshot, so that what they say belongs together. */
export function inOneSnapshot<T>(em: EntityManager, read: (tx: EntityManager) => Promise<T>): Promise<T> {
  return em.transactional(read, { isolationLevel: 'repeatable read' as never, readOnly: true });
}

/** The ledger `l` of a period's partner; of all live channels it is without the test pools. */
const ledgerOf = ({ partnerId }: Period): RawBuilder<unknown> =>
  partnerId === null
    ? sql`inventory_ledger l left join channel_reservations r using (reservation_id)
          where not is_test_channel(l.channel)`
    : sql`inventory_ledger l join channel_reservations r using (reservation_id)
          where r.partner_id = ${partnerId}`;

/** The accounts of a period and its money. Call it in one snapshot. */
export async function summarize(em: EntityManager, period: Period): Promise<Summary> {
  const units = await readUnits(em, period);
  return {
    accounts: accountsFrom(units, await readSalesValues(em, period)),
    payments: await readCash(em, period),
  };
}

/** What the ledger adds up to before a period, and by reason within it. Call it in one snapshot. */
export async function readUnits(em: EntityManager, period: Period): Promise<LedgerSum[]> {
  const opening = await readOpening(em, period.partnerId, period.start);
  const { rows } = await sql<LedgerSum>`
    select l.product_id as "productId", l.channel, l.reason, count(*)::int as entries,
           sum(l.delta_allocated)::int as allocated, sum(l.delta_reserved)::int as reserved,
           sum(l.delta_sold)::int as sold
      from ${ledgerOf(period)} and l.recorded_at >= ${period.start} and l.recorded_at < ${period.end}
     group by 1, 2, 3`.execute(em.getKysely());
  return [...opening, ...rows];
}

async function readSalesValues(em: EntityManager, period: Period): Promise<SalesValue[]> {
  const { rows } = await sql<SalesValue>`
    select l.product_id as "productId", l.channel, o.currency, o.currency_precision as "currencyPrecision",
           coalesce(sum(value.total) filter (where l.delta_sold > 0), 0)::float8 as sold,
           coalesce(sum(value.total) filter (where l.delta_sold < 0), 0)::float8 as refunded
      from (select l.* from ${ledgerOf(period)} and l.recorded_at >= ${period.start}
                                            and l.recorded_at < ${period.end} and l.delta_sold <> 0) l
      join orders o using (order_id)
      cross join lateral (select sum((quote ->> 'total')::bigint) as total from order_lines line
                           where line.order_id = l.order_id and line.product_id = l.product_id) value
     group by 1, 2, 3, 4 order by 1, 2, 3`.execute(em.getKysely());
  return rows;
}

async function readCash(em: EntityManager, { partnerId, start, end }: Period): Promise<Cash[]> {
  const ofPartner =
    partnerId === null ? sql`not is_test_channel(o.channel_id)` : sql`o.partner_id = ${partnerId}`;
  const { rows } = await sql<Cash>`
    select currency, currency_precision as "currencyPrecision", sum(received)::float8 as received,
           sum(refunded)::float8 as refunded
      from (select coalesce(p.currency, o.currency) as currency, o.currency_precision, p.amount as received,
                   0 as refunded
              from payments p join orders o using (order_id)
             where p.verdict <> 'failed' and p.received_at >= ${start} and p.received_at < ${end} and ${ofPartner}
            union all
            select f.currency, o.currency_precision, 0, f.amount
              from refunds f join orders o using (order_id)
             where f.created_at >= ${start} and f.created_at < ${end} and ${ofPartner}) cash
     group by 1, 2 order by 1, 2`.execute(em.getKysely());
  return rows;
}

/** One movement of the ledger, with the ids that lead from it to the hold, the order, its money and its tickets. */
export type LedgerLine = {
  entry_id: string;
  recorded_at: string;
  partner_id: string | null;
  product_id: number;
  channel: string;
  reason: string;
  allocated: number;
  reserved: number;
  sold: number;
  reservation_id: string | null;
  reservation_reference: string | null;
  order_id: string | null;
  order_reference: string | null;
  payment_ids: string[];
  tickets: { issued: number; valid: number; redeemed: number; void: number };
  redemptions: number;
};

/** The movements of a period in the order of time, after the entry `after`; '' begins. */
export async function readLedgerLines(
  em: EntityManager,
  period: Period,
  after: string,
  limit: number,
): Promise<LedgerLine[]> {
  const { rows } = await sql<LedgerLine>`
    with page as materialized (
      select l.*, r.partner_id, r.reference as reservation_reference
        from ${ledgerOf(period)} and l.recorded_at >= ${period.start} and l.recorded_at < ${period.end}
         and (${after} = '' or (l.recorded_at, l.entry_id) >
              (select recorded_at, entry_id from inventory_ledger where entry_id = nullif(${after}, '')::bigint))
       order by l.recorded_at, l.entry_id limit ${limit}
    )
    select page.entry_id::text, to_jsonb(page.recorded_at) #>> '{}' as recorded_at, page.partner_id, page.product_id,
           page.channel, page.reason, page.delta_allocated as allocated, page.delta_reserved as reserved,
           page.delta_sold as sold, page.reservation_id, page.reservation_reference,
           page.order_id, o.reference as order_reference,
           coalesce((select jsonb_agg(payment_id order by received_at, payment_id) from payments p
                      where p.order_id = page.order_id), '[]') as payment_ids,
           (select jsonb_build_object('issued', count(*), 'valid', count(*) filter (where status = 'valid'),
                     'redeemed', count(*) filter (where status = 'redeemed'),
                     'void', count(*) filter (where status = 'void'))
              from tickets t where t.order_id = page.order_id and t.product_id = page.product_id) as tickets,
           (select count(*)::int from tickets t join redemptions using (ticket_code)
             where t.order_id = page.order_id and t.product_id = page.product_id) as redemptions
      from page left join orders o using (order_id)
     order by page.recorded_at, page.entry_id`.execute(em.getKysely());
  return rows;
}
