import { sql } from 'kysely';
import type { MatchKind, OrderStatus, PaymentVerdict, ReservationStatus } from '../../domain/states.ts';
import type { EntityManager } from '../open.ts';
import type { Match } from './find-matches.ts';

type Money = { amount: number; currency: string; currency_precision: number };
type TrailOfOrder = {
  order_id: string;
  reference: string | null;
  status: OrderStatus;
  quantity: number;
  total: Money;
  created_at: string;
  paid_at: string | null;
  fulfilled_at: string | null;
  failure_reason: string | null;
  payments: {
    payment_id: string;
    sender: string;
    payment_reference: string;
    verdict: PaymentVerdict;
    reason: string | null;
    paid: Money;
    received_at: string;
  }[];
  refunds: {
    refund_id: string;
    payment_id: string;
    amount: Money;
    reason: string;
    status: 'due' | 'settled';
    created_at: string;
    settled_at: string | null;
  }[];
  tickets: { count: number; items: { ticket_code: string; product_id: number; status: string }[] };
  scans_count: number;
  scans: {
    ticket_code: string;
    function_code: string;
    quantity: number;
    venue_code: string | null;
    redeemed_at: string;
  }[];
};
/** What was found, with everything that its hold has led to. */
export type Trail = {
  kind: MatchKind;
  reservation: {
    reservation_id: string;
    partner_id: string;
    channel: string;
    external_reference: string | null;
    status: ReservationStatus;
    units: number;
    lines: { product_id: number; units: number; ordered: number; sold: number; released: number }[];
    created_at: string;
    expires_at: string;
    ended_at: string | null;
  };
  orders_count: number;
  orders: TrailOfOrder[];
};

const MOST_ORDERS = 20;
const MOST_PAYMENTS = 20;
const MOST_TICKETS = 100;

const money = (amount: string, currency: string) =>
  sql.raw<string>(
    `jsonb_build_object('amount', ${amount}, 'currency', ${currency}, 'currency_precision', o.currency_precision)`,
  );

/**
 * Reads the trails of what was found, in the same order: an order that was found first, then the newest. Customers
 * are not in them. Lists end at their limits, beside the whole count.
 */
export async function readTrails(em: EntityManager, matches: Match[]): Promise<Trail[]> {
  const { rows } = await sql<Trail>`
    select m.kind, jsonb_build_object('reservation_id', r.reservation_id, 'partner_id', r.partner_id, 'channel', r.channel,
             'external_reference', r.reference, 'status', r.status, 'units', l.units, 'lines', l.lines,
             'created_at', wire_time(r.started_at), 'expires_at', wire_time(r.expires_at),
             'ended_at', wire_time(r.ended_at)) as reservation,
           (select count(*)::int from orders where reservation_id = r.reservation_id) as orders_count,
           coalesce(o.orders, '[]') as orders
      from unnest(${matches.map(({ kind }) => kind)}::text[],
                  ${matches.map(({ reservation_id }) => reservation_id)}::uuid[],
                  ${matches.map(({ order_id }) => order_id)}::uuid[])
             with ordinality m (kind, reservation_id, order_id, place)
      join channel_reservations r on r.reservation_id = m.reservation_id
      cross join lateral (
        select sum(units)::int as units,
               jsonb_agg(jsonb_build_object('product_id', product_id, 'units', units, 'ordered', ordered, 'sold', sold,
                                            'released', released) order by product_id) as lines
          from reservation_lines where reservation_id = r.reservation_id) l
      cross join lateral (
        select jsonb_agg(jsonb_build_object('order_id', o.order_id, 'reference', o.reference, 'status', o.status,
                 'quantity', o.units, 'total', ${money('o.total_amount', 'o.currency')},
                 'created_at', wire_time(o.created_at), 'paid_at', wire_time(o.paid_at),
                 'fulfilled_at', wire_time(o.fulfilled_at), 'failure_reason', o.failure_reason,
                 'payments', coalesce(p.payments, '[]'), 'refunds', coalesce(f.refunds, '[]'),
                 'tickets', jsonb_build_object('count', t.count, 'items', coalesce(t.items, '[]')),
                 'scans_count', s.count, 'scans', coalesce(s.scans, '[]')) order by o.place) as orders
          from (select o.*, row_number() over (order by (o.order_id = m.order_id) desc nulls last, o.created_at desc,
                                                        o.order_id desc) as place
                  from orders o where o.reservation_id = r.reservation_id
                 order by place limit ${MOST_ORDERS}) o
          cross join lateral (
            select jsonb_agg(jsonb_build_object('payment_id', payment_id, 'sender', sender,
                     'payment_reference', reference, 'verdict', verdict, 'reason', reason,
                     'paid', ${money('coalesce(p.amount, o.total_amount)', 'coalesce(p.currency, o.currency)')},
                     'received_at', wire_time(received_at)) order by received_at, payment_id) as payments
              from (select * from payments where order_id = o.order_id order by verdict = 'failed', received_at desc limit ${MOST_PAYMENTS}) p) p
          cross join lateral (
            select jsonb_agg(jsonb_build_object('refund_id', refund_id, 'payment_id', payment_id,
                     'amount', ${money('f.amount', 'f.currency')}, 'reason', reason, 'status', status,
                     'created_at', wire_time(created_at), 'settled_at', wire_time(settled_at))
                     order by created_at, refund_id) as refunds
              from (select * from refunds where order_id = o.order_id order by created_at limit ${MOST_PAYMENTS}) f) f
          cross join lateral (
            select (select count(*)::int from tickets where order_id = o.order_id) as count,
                   jsonb_agg(jsonb_build_object('ticket_code', ticket_code, 'product_id', product_id,
                                                'status', status) order by unit_number) as items
              from (select * from tickets where order_id = o.order_id order by unit_number limit ${MOST_TICKETS}) t) t
          cross join lateral (
            select (select count(*)::int from tickets join redemptions using (ticket_code) where order_id = o.order_id)
                     as count,
                   jsonb_agg(jsonb_build_object('ticket_code', ticket_code, 'function_code', function_code,
                     'quantity', quantity, 'venue_code', venue_code, 'redeemed_at', wire_time(redeemed_at))
                     order by redeemed_at desc) as scans
              from (select d.* from tickets join redemptions d using (ticket_code)
                     where order_id = o.order_id order by d.redeemed_at desc limit ${MOST_TICKETS}) d) s) o
     order by m.place
  `.execute(em.getKysely());
  return rows;
}
