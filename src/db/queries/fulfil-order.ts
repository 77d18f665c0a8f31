import { sql } from 'kysely';
import type { Quote } from '../../domain/pricing.ts';
import type { Entitlement } from '../../domain/fulfilment.ts';
import type { EntityManager } from '../open.ts';
import { auditByWorker, runOf } from './accepting.ts';
import type { LockedOrder } from './lock-order.ts';
import { movesOfOrder, moveUnits } from './move-units.ts';
import { completeHold, SETTLED } from './settle-order.ts';
import { tellOrder } from './webhook-events.ts';

export type LineToIssue = {
  productId: number;
  units: number;
  visitDate: string;
  quote: Quote;
  /** Of the list that the order's hold was promised. */
  priceListId: number;
  /** What a unit of the product admits to now: its active entitlements. */
  entitlements: Entitlement[];
};

/** An order's lines, in their order. */
export async function readLinesToIssue(em: EntityManager, orderId: string): Promise<LineToIssue[]> {
  const { rows } = await sql<LineToIssue>`
    select line.product_id as "productId", line.units, line.visit_date::text as "visitDate", line.quote,
           held.price_list_id as "priceListId",
           coalesce((select jsonb_agg(jsonb_build_object('functionCode', function_code, 'label', label, 'total', quantity)
                                      order by position)
                       from product_functions f where f.product_id = line.product_id and f.active), '[]') as entitlements
      from orders o join order_lines line using (order_id)
      join reservation_lines held using (reservation_id, product_id)
     where o.order_id = ${orderId}::uuid
     order by line.line_number`.execute(em.getKysely());
  return rows;
}

export type TicketToIssue = {
  ticketCode: string;
  unitNumber: number;
  productId: number;
  customerType: string;
  visitDate: string;
  qrToken: string;
  entitlements: Entitlement[];
};

/**
 * Makes a paid order fulfilled: its units go from reserved to sold and its tickets are stored, set-based, with
 * one statement for one ticket and for thousands. `tickets_issued_once` makes a second issue impossible. A hold
 * that keeps nothing any more is completed. Whoever waits for the order is notified at the commit. The order is
 * locked by `lockOrder` before; the units of one that is `confirmed` were sold by a former release. Returns how long
 * ago its payment was accepted, in seconds.
 */
export async function fulfilOrder(
  em: EntityManager,
  order: Pick<LockedOrder, 'order_id' | 'confirmed'>,
  tickets: TicketToIssue[],
): Promise<number> {
  const orderId = order.order_id;
  const entitlements = tickets.flatMap((ticket) =>
    ticket.entitlements.map((entitlement, position) => ({
      ticket_code: ticket.ticketCode,
      function_code: entitlement.functionCode,
      label: entitlement.label,
      position,
      total: entitlement.total,
    })),
  );
  const { rows } = await sql<{ seconds: number }>`
    with issued as (
      insert into tickets (ticket_code, order_id, unit_number, product_id, customer_type, visit_date, qr_token)
      select code, ${orderId}::uuid, unit_number, product_id, customer_type, visit_date, qr_token
        from unnest(${tickets.map((t) => t.ticketCode)}::text[], ${tickets.map((t) => t.unitNumber)}::int[],
                    ${tickets.map((t) => t.productId)}::int[], ${tickets.map((t) => t.customerType)}::text[],
                    ${tickets.map((t) => t.visitDate)}::date[], ${tickets.map((t) => t.qrToken)}::text[])
               as t (code, unit_number, product_id, customer_type, visit_date, qr_token)
    ), entitled as (
      insert into ticket_entitlements (ticket_code, function_code, label, position, total, remaining)
      select ticket_code, function_code, label, position, total, total
        from jsonb_to_recordset(${JSON.stringify(entitlements)}::jsonb)
               as e (ticket_code text, function_code text, label text, position int, total int)
    ), o as (
      update orders
         set status = 'fulfilled', fulfilled_at = clock_timestamp(),
             confirmed_at = coalesce(confirmed_at, clock_timestamp())
       where order_id = ${orderId}::uuid
      returning *, ${tellOrder('order.fulfilled')}
    ), unsold as (
      select * from o where not ${order.confirmed}
    ), moves as (
      ${movesOfOrder('unsold', orderId, { reserved: -1, sold: 1 })}
    ), lines as (
      update reservation_lines l set sold = l.sold + moves.units
        from moves
       where l.reservation_id = moves.reservation_id and l.product_id = moves.product_id
    ), ${moveUnits('moves', 'sold')}, ${auditByWorker('fulfil_order', 'o', sql`o.order_id::text`, runOf('o'))}
    select pg_notify(${SETTLED}, order_id::text),
           coalesce(extract(epoch from fulfilled_at - paid_at), 0)::float8 as seconds
      from o`.execute(em.getKysely());
  await completeHold(em, orderId);
  return rows[0]?.seconds ?? 0;
}
