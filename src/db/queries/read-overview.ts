import { sql } from 'kysely';
import type { CaseKind } from '../../domain/states.ts';
import type { EntityManager } from '../open.ts';
import { IS_LIVE } from './workers.ts';

type Money = { amount: number; currency: string; currency_precision: number };
type Pool = { channel: string; allocated: number; reserved: number; sold: number; available: number };
type OpenCase = {
  kind: CaseKind;
  id: string;
  order_id: string | null;
  reservation_id: string | null;
  partner_id: string | null;
  amount: Money | null;
  since: string;
  detail: string | null;
};

/** Where sales stand and what needs a hand, at a moment. */
export type Standing = {
  as_of: string;
  products: { product_id: number; title: string; pools: Pool[] }[];
  expiring: {
    reservation_id: string;
    partner_id: string;
    channel: string;
    external_reference: string | null;
    units: number;
    expires_at: string;
  }[];
  counts: {
    payments_in_review: number;
    refunds_due: number;
    orders_unissued: number;
    late_payments_undecided: number;
    webhooks_failing: number;
    commands_undelivered: number;
  };
  items: OpenCase[];
  workers_live: number;
};

const MOST_PRODUCTS = 500;
const MOST_HOLDS = 20;
const MOST_CASES = 50;
/** Nothing is counted further: a count of so many means as many or more. */
const MOST_COUNTED = 1_000;
/** The sweep sees to what is overdue by so much, and a person to what is left. */
const OVERDUE = sql`statement_timestamp() - interval '1 minute'`;
/** The relay delivers what is two seconds old, and tries again every five. */
const UNDELIVERED = sql`statement_timestamp() - interval '10 seconds'`;
const CART = sql`interval '15 minutes'`;

/**
 * Reads it with one statement. Each part goes by an index over what is open, and ends at its limit, so that it costs
 * the same however much has been sold. Test partners are left out.
 */
export async function readStanding(em: EntityManager): Promise<Standing> {
  const { rows } = await sql<Standing>`
    with on_sale as (
      select product_id, name, channel_allocations
        from products join product_inventory using (product_id)
       where active order by product_id limit ${MOST_PRODUCTS}
    ), holds as (
      select * from channel_reservations
       where status = 'held' and not is_test_channel(channel)
         and not (channel = 'direct' and expires_at <= started_at + ${CART})
       order by expires_at limit ${MOST_HOLDS}
    ), reviews as (
      select p.payment_id, order_id, o.reservation_id, o.partner_id, p.received_at, p.reason, o.currency_precision,
             coalesce(p.amount, o.total_amount) as amount, coalesce(p.currency, o.currency) as currency
        from payments p join orders o using (order_id)
       where p.verdict = 'review' and not is_test_channel(o.channel_id) order by p.received_at limit ${MOST_COUNTED}
    ), due as (
      select r.refund_id, order_id, o.reservation_id, o.partner_id, r.created_at, r.reason, r.amount, r.currency,
             o.currency_precision
        from refunds r join orders o using (order_id)
       where r.status = 'due' and not is_test_channel(o.channel_id) order by r.created_at limit ${MOST_COUNTED}
    ), unissued as (
      select order_id, reservation_id, partner_id, paid_at from orders
       where status = 'paid' and paid_at < ${OVERDUE} and not is_test_channel(channel_id)
       order by paid_at limit ${MOST_COUNTED}
    ), late as (
      select p.payment_id, order_id, o.reservation_id, o.partner_id, p.received_at
        from payments p join orders o using (order_id)
       where p.awaits_units and p.received_at < ${OVERDUE} and not is_test_channel(o.channel_id)
       order by p.received_at limit ${MOST_COUNTED}
    ), failing as (
      select d.delivery_id, endpoint_id, partner_id, d.created_at, d.last_status, d.last_error
        from webhook_deliveries d join webhook_endpoints e using (endpoint_id) join partners p using (partner_id)
       where d.status = 'pending' and d.attempts > 0 and e.status = 'enabled' and p.mode = 'live'
       order by d.next_attempt_at limit ${MOST_COUNTED}
    ), endpoints as (
      select endpoint_id, partner_id, min(created_at) as since, count(*) as deliveries,
             (array_agg(coalesce('HTTP ' || last_status, last_error) order by delivery_id desc))[1] as last
        from failing group by endpoint_id, partner_id
    ), disabled as (
      select endpoint_id, partner_id, disabled_reason, coalesce(last.created_at, e.created_at) as since
        from webhook_endpoints e join partners p using (partner_id)
        left join lateral (select created_at from webhook_deliveries d where d.endpoint_id = e.endpoint_id
                            order by delivery_id desc limit 1) last on true
       where e.status = 'disabled' and e.deleted_at is null and p.mode = 'live'
       limit ${MOST_COUNTED}
    ), undelivered as (
      select workflow_id, payload, created_at, last_error from workflow_commands
       where delivered_at is null and created_at < ${UNDELIVERED}
         and not is_test_channel(coalesce(payload ->> 'channel', ''))
       order by due_at limit ${MOST_COUNTED}
    ), cases (kind, id, order_id, reservation_id, partner_id, amount, since, detail) as (
      (select 'payment_in_review', payment_id::text, order_id, reservation_id, partner_id,
              jsonb_build_object('amount', amount, 'currency', currency, 'currency_precision', currency_precision),
              received_at, reason
         from reviews order by received_at limit ${MOST_CASES})
      union all
      (select 'refund_due', refund_id::text, order_id, reservation_id, partner_id,
              jsonb_build_object('amount', amount, 'currency', currency, 'currency_precision', currency_precision),
              created_at, reason
         from due order by created_at limit ${MOST_CASES})
      union all
      (select 'order_unissued', order_id::text, order_id, reservation_id, partner_id, null, paid_at, null
         from unissued order by paid_at limit ${MOST_CASES})
      union all
      (select 'late_payment_undecided', payment_id::text, order_id, reservation_id, partner_id, null, received_at, null
         from late order by received_at limit ${MOST_CASES})
      union all
      (select 'webhook_failing', endpoint_id::text, null, null, partner_id, null, since,
              deliveries || ' waiting, last answer: ' || coalesce(last, 'none')
         from endpoints order by since limit ${MOST_CASES})
      union all
      (select 'webhook_failing', endpoint_id::text, null, null, partner_id, null, since,
              'disabled: ' || coalesce(disabled_reason, 'no reason is on record')
         from disabled order by since limit ${MOST_CASES})
      union all
      (select 'command_undelivered', workflow_id, (payload ->> 'order_id')::uuid,
              (payload ->> 'reservation_id')::uuid, payload ->> 'partner_id', null, created_at, last_error
         from undelivered order by created_at limit ${MOST_CASES})
    ), shown as (
      select * from (select cases.*, row_number() over (partition by kind order by since, id) as place from cases) c
       order by place, since, id limit ${MOST_CASES}
    )
    select wire_time(statement_timestamp()) as as_of,
           (select coalesce(jsonb_agg(jsonb_build_object('product_id', product_id, 'title', name, 'pools', (
                     select coalesce(jsonb_agg(jsonb_build_object('channel', channel,
                              'allocated', a, 'reserved', r, 'sold', s, 'available', a - r - s) order by channel), '[]')
                       from jsonb_each(channel_allocations) as c (channel, units),
                            jsonb_to_record(units) as u (allocated int, reserved int, sold int),
                            lateral (select allocated as a, reserved as r, sold as s) short
                      where not is_test_channel(channel))) order by product_id), '[]')
              from on_sale) as products,
           (select coalesce(jsonb_agg(jsonb_build_object('reservation_id', reservation_id, 'partner_id', partner_id,
                     'channel', channel, 'external_reference', reference, 'units',
                     (select sum(l.units - l.sold - l.released) from reservation_lines l
                       where l.reservation_id = holds.reservation_id),
                     'expires_at', wire_time(expires_at)) order by expires_at, reservation_id), '[]')
              from holds) as expiring,
           jsonb_build_object(
             'payments_in_review', (select count(*) from reviews), 'refunds_due', (select count(*) from due),
             'orders_unissued', (select count(*) from unissued), 'late_payments_undecided', (select count(*) from late),
             'webhooks_failing', (select count(*) from endpoints) + (select count(*) from disabled),
             'commands_undelivered', (select count(*) from undelivered)) as counts,
           (select coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'id', id, 'order_id', order_id,
                     'reservation_id', reservation_id, 'partner_id', partner_id, 'amount', amount,
                     'since', wire_time(since), 'detail', detail) order by since, id), '[]')
              from shown) as items,
           (select count(*)::int from workers
             where ${sql.raw(IS_LIVE)}) as workers_live
  `.execute(em.getKysely());
  const [row] = rows;
  if (!row) throw new Error('a query without a from clause answered without a row');
  return row;
}

/** What was sold in an hour: orders that were paid in it and stand. */
export type SalesOfHour = { from: string; orders: number; units: number; amounts: Money[] };

/** Sales by the hour, of the present one and so many before it, the oldest first. */
export async function readSalesByHour(em: EntityManager, hoursBefore: number): Promise<SalesOfHour[]> {
  const { rows } = await sql<SalesOfHour>`
    with hours as (
      select generate_series(date_trunc('hour', statement_timestamp(), 'UTC') - make_interval(hours => ${hoursBefore}),
                             statement_timestamp(), interval '1 hour') as hour
    )
    select wire_time(hour) as "from", coalesce(sum(orders), 0)::int as orders, coalesce(sum(units), 0)::int as units,
           coalesce(jsonb_agg(jsonb_build_object('amount', amount, 'currency', currency,
                                                 'currency_precision', currency_precision) order by currency)
                    filter (where currency is not null), '[]') as amounts
      from hours left join lateral (
             select currency, currency_precision, count(*) as orders, sum(units) as units, sum(total_amount) as amount
               from orders
              where status in ('paid', 'fulfilled') and paid_at >= hour and paid_at < hour + interval '1 hour'
                and not is_test_channel(channel_id)
              group by currency, currency_precision) sold on true
     group by hour order by hour
  `.execute(em.getKysely());
  return rows;
}
