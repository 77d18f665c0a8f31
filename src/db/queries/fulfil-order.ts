import { sql } from 'kysely';
import type { Quote } from '../../domain/pricing.ts';
import type { EntityManager } from '../open.ts';
import { auditByWorker, runOf } from './accepting.ts';
import { tellOrder, tellRefund, tellReservation } from './webhook-events.ts';

/** The units of an order, product by product. */
const unitsOf = (orderId: string) => sql`
  select product_id, sum(units)::int as units from order_lines where order_id = ${orderId}::uuid group by product_id`;

/** Moves a paid order's units from reserved to sold, once. The order is locked by `lockOrder` before. */
export async function confirmUnits(em: EntityManager, orderId: string): Promise<void> {
  await sql`
    with o as (
      update orders set confirmed_at = clock_timestamp()
       where order_id = ${orderId}::uuid and status = 'paid' and confirmed_at is null
      returning *
    ), wanted as (
      ${unitsOf(orderId)}
    ), lines as (
      update reservation_lines l set sold = l.sold + wanted.units
        from o, wanted
       where l.reservation_id = o.reservation_id and l.product_id = wanted.product_id
    ), locked as materialized (
      select i.product_id, i.channel_allocations from product_inventory i, wanted, o
       where i.product_id = wanted.product_id order by i.product_id for update of i
    ), pools as (
      update product_inventory i
         set channel_allocations = moved(locked.channel_allocations, o.channel_id, -wanted.units, wanted.units)
        from locked, wanted, o
       where i.product_id = locked.product_id and wanted.product_id = locked.product_id
    ), ledger as (
      insert into inventory_ledger (product_id, channel, reservation_id, order_id, delta_reserved, delta_sold, reason)
      select product_id, o.channel_id, o.reservation_id, o.order_id, -wanted.units, wanted.units, 'sold' from wanted, o
    ), ${auditByWorker('confirm_order', 'o', sql`o.order_id::text`, runOf('o'))}
    select 1
  `.execute(em.getKysely());
}

export type LineToIssue = { product_id: number; units: number; visit_date: string; quote: Quote };
export type ProductEntitlement = {
  product_id: number;
  function_code: string;
  label: string;
  quantity: number;
};

/** An order's lines, and the active entitlements of their products, as they stand now. */
export async function readWhatToIssue(
  em: EntityManager,
  orderId: string,
): Promise<{ order_units: number; lines: LineToIssue[]; entitlements: ProductEntitlement[] }> {
  const { rows } = await sql<{
    order_units: number;
    lines: LineToIssue[];
    entitlements: ProductEntitlement[];
  }>`
    select o.units as order_units,
           coalesce((select jsonb_agg(to_jsonb(l) - 'order_id' order by l.line_number)
                       from order_lines l where l.order_id = o.order_id), '[]') as lines,
           coalesce((select jsonb_agg(to_jsonb(f) order by f.product_id, f.position)
                       from product_functions f
                      where f.active and f.product_id in
                            (select product_id from order_lines where order_id = o.order_id)), '[]') as entitlements
      from orders o where o.order_id = ${orderId}::uuid
  `.execute(em.getKysely());
  const [row] = rows;
  if (!row) throw new Error(`no order ${orderId}`);
  return row;
}

export type TicketToIssue = {
  ticketCode: string;
  unitNumber: number;
  productId: number;
  customerType: string;
  visitDate: string;
  qrToken: string;
  entitlements: { functionCode: string; label: string; total: number }[];
};

/**
 * Stores an order's tickets and makes it fulfilled, set-based: the same few statements for one ticket and
 * for thousands. `tickets_issued_once` makes a second issue impossible. A hold that keeps nothing any more
 * is completed. Whoever waits for the order is notified at the commit.
 */
export async function storeTickets(
  em: EntityManager,
  orderId: string,
  tickets: TicketToIssue[],
): Promise<void> {
  const db = em.getKysely();
  const entitlements = tickets.flatMap((ticket) =>
    ticket.entitlements.map((entitlement, position) => ({
      ticket_code: ticket.ticketCode,
      function_code: entitlement.functionCode,
      label: entitlement.label,
      position,
      total: entitlement.total,
    })),
  );
  await sql`
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
      update orders set status = 'fulfilled', fulfilled_at = clock_timestamp()
       where order_id = ${orderId}::uuid
      returning *, ${tellOrder('order.fulfilled')}
    ), ${auditByWorker('issue_tickets', 'o', sql`o.order_id::text`, runOf('o'))}
    select 1`.execute(db);
  await completeHold(em, orderId);
  await notifySettled(em, orderId);
}

/**
 * Undoes an order that is paid but cannot be fulfilled: its tickets are void, its units go back to the
 * pool from wherever they are, and the refund of its payment is recorded. The order is locked before.
 * Its own lines may be what is wrong, so its units are what the ledger says it was sold or, before that,
 * what the hold's other orders leave over.
 */
export async function compensateOrder(
  em: EntityManager,
  orderId: string,
  refundId: string,
  reason: string,
): Promise<void> {
  await sql`
    with o as (
      update orders set status = 'refund_due', failure_reason = ${reason}
       where order_id = ${orderId}::uuid and status = 'paid'
      returning *
    ), voided as (
      update tickets set status = 'void' from o where tickets.order_id = o.order_id and tickets.status = 'valid'
    ), back as (
      select l.product_id, o.reservation_id, o.order_id, o.channel_id, o.confirmed_at is not null as was_sold,
             case when o.confirmed_at is null then greatest(0, l.ordered - coalesce(sum(other_line.units), 0)::int)
                  else coalesce((select sum(delta_sold)::int from inventory_ledger entry
                                  where entry.order_id = o.order_id and entry.product_id = l.product_id), 0)
             end as units
        from o
        join reservation_lines l using (reservation_id)
        left join orders other on other.reservation_id = o.reservation_id and other.order_id <> o.order_id
                              and other.status in ('pending_payment', 'paid', 'fulfilled')
        left join order_lines other_line on other_line.order_id = other.order_id
                                        and other_line.product_id = l.product_id
       group by l.product_id, l.ordered, o.reservation_id, o.order_id, o.channel_id, o.confirmed_at
    ), lines as (
      update reservation_lines l
         set ordered = l.ordered - back.units, released = l.released + back.units,
             sold = l.sold - case when was_sold then back.units else 0 end
        from back
       where l.reservation_id = back.reservation_id and l.product_id = back.product_id
    ), locked as materialized (
      select i.product_id, i.channel_allocations from product_inventory i join back using (product_id)
       order by i.product_id for update of i
    ), moves as (
      select back.*, case when was_sold then 0 else -units end as by_reserved,
             case when was_sold then -units else 0 end as by_sold
        from back where units > 0
    ), pools as (
      update product_inventory i
         set channel_allocations = moved(locked.channel_allocations, channel_id, by_reserved, by_sold)
        from locked join moves using (product_id)
       where i.product_id = locked.product_id
    ), ledger as (
      insert into inventory_ledger (product_id, channel, reservation_id, order_id, delta_reserved, delta_sold, reason)
      select product_id, channel_id, reservation_id, order_id, by_reserved, by_sold, 'compensated' from moves
    ), refund as (
      insert into refunds (refund_id, order_id, payment_id, amount, currency, reason)
      select ${refundId}::uuid, p.order_id, p.payment_id, p.amount, p.currency, ${reason}
        from payments p join o using (order_id) where p.verdict = 'accepted'
      on conflict on constraint refunds_one_for_a_payment do nothing
      returning ${tellRefund('o')}
    ), ${auditByWorker('compensate_order', 'o', sql`o.order_id::text`, runOf('o'))}
    select 1
  `.execute(em.getKysely());
  await completeHold(em, orderId);
  await notifySettled(em, orderId);
}

/** A hold that keeps no unit and waits for no ticket has ended: sold out, or given back by compensation. */
export async function completeHold(em: EntityManager, orderId: string): Promise<void> {
  await sql`
    with r as (
    update channel_reservations r
       set status = case when sums.released = 0 then 'completed' else 'released' end, ended_at = clock_timestamp()
      from (select l.reservation_id, sum(l.units - l.released - l.sold) as kept, sum(l.released) as released
              from reservation_lines l join orders o using (reservation_id)
             where o.order_id = ${orderId}::uuid group by l.reservation_id) sums
     where r.reservation_id = sums.reservation_id and r.status = 'held' and sums.kept = 0
       and not exists (select from orders where reservation_id = r.reservation_id and status = 'paid')
    returning r.*, case when r.status = 'released' then ${tellReservation('reservation.released')} end as told
    ), ${auditByWorker('complete_reservation', 'r', sql`r.reservation_id::text`, runOf('r'))}
    select 1
  `.execute(em.getKysely());
}

/** Wakes the API processes that wait for this order; sent by PostgreSQL when the transaction commits. */
export async function notifySettled(em: EntityManager, orderId: string): Promise<void> {
  await sql`select pg_notify('order_settled', ${orderId})`.execute(em.getKysely());
}
