import { sql } from 'kysely';
import type { Quote } from '../../domain/pricing.ts';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer, isFirst } from './accepting.ts';
import { tellOrder } from './webhook-events.ts';

export type OrderToPlace = {
  orderId: string;
  reservationId: string;
  reference: string | null;
  customer: { name: string; email: string; phone?: string | undefined };
  lines: { productId: number; quote: Quote }[];
};

/** What was answered: enough to build the first answer again. */
export type PlacedOrder = {
  order_id: string;
  reservation_id: string;
  due_by: string;
  lines: { productId: number; quote: Quote }[];
};

/**
 * Draws an order's units from its hold: the reservation's row is locked first, and each line must still
 * have as many units that no live order claims. Returns undefined, with nothing changed, where the hold
 * has ended or has too few units left, or the key has an answer.
 */
export async function placeOrder(
  em: EntityManager,
  by: Accepting,
  order: OrderToPlace,
): Promise<PlacedOrder | undefined> {
  const quotes = order.lines.map((line) => line.quote);
  const first = quotes[0];
  if (!first) throw new Error('an order has at least one line');
  const units = quotes.reduce((sum, quote) => sum + quote.units, 0);
  const total = quotes.reduce((sum, quote) => sum + quote.total, 0);
  const unitsByProduct = new Map<number, number>();
  for (const { productId, quote } of order.lines) {
    unitsByProduct.set(productId, (unitsByProduct.get(productId) ?? 0) + quote.units);
  }

  const { rows } = await sql<{ placed: PlacedOrder }>`
    with hold as materialized (
      select * from channel_reservations
       where reservation_id = ${order.reservationId}::uuid and partner_id = ${by.partnerId}
         and status = 'held' and expires_at > clock_timestamp() and ${isFirst(by)}
         for update
    ), drawn as (
      update reservation_lines l
         set ordered = l.ordered + wanted.units
        from hold, unnest(${[...unitsByProduct.keys()]}::int[], ${[...unitsByProduct.values()]}::int[])
                     as wanted (product_id, units)
       where l.reservation_id = hold.reservation_id and l.product_id = wanted.product_id
         and l.units - l.released - l.ordered >= wanted.units
      returning l.product_id
    ), accepted as (
      select hold.* from hold where (select count(*) from drawn) = ${unitsByProduct.size}
    ), o as (
      insert into orders (order_id, reservation_id, partner_id, channel_id, reference, customer, status, units,
                          total_amount, currency, currency_precision)
      select ${order.orderId}::uuid, reservation_id, partner_id, channel, ${order.reference}::text,
             ${JSON.stringify(order.customer)}::jsonb, 'pending_payment', ${units}::int, ${total}::bigint,
             ${first.currency}, ${first.currencyPrecision}::int
        from accepted
      returning *, ${tellOrder('order.created')}
    ), order_line as (
      insert into order_lines (order_id, line_number, product_id, units, visit_date, quote)
      select o.order_id, ordinality, product_id, (quote ->> 'units')::int, (quote ->> 'visitDate')::date, quote
        from o, unnest(${order.lines.map((line) => line.productId)}::int[],
                       ${quotes.map((quote) => JSON.stringify(quote))}::jsonb[])
                  with ordinality as line (product_id, quote, ordinality)
    ), result as (
      select jsonb_build_object('order_id', o.order_id, 'reservation_id', o.reservation_id, 'due_by', expires_at,
                                'lines', ${JSON.stringify(order.lines)}::jsonb) as placed
        from o, accepted
    ), ${auditAndAnswer(by, 'place_order', 'result', sql`placed ->> 'order_id'`, sql`placed`)}
    select placed from result
  `.execute(em.getKysely());
  return rows[0]?.placed;
}
