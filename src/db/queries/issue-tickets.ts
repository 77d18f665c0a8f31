import { sql } from 'kysely';
import type { Quote } from '../../domain/pricing.ts';
import type { EntityManager } from '../open.ts';
import { auditByWorker, runOf } from './accepting.ts';
import { completeHold, notifySettled } from './settle-order.ts';
import { tellOrder } from './webhook-events.ts';

export type LineToIssue = { productId: number; units: number; visitDate: string; quote: Quote };
export type ProductEntitlement = {
  productId: number;
  functionCode: string;
  label: string;
  total: number;
};

/** An order's lines, in their order. */
export async function readLinesToIssue(em: EntityManager, orderId: string): Promise<LineToIssue[]> {
  const { rows } = await sql<LineToIssue>`
    select product_id as "productId", units, visit_date::text as "visitDate", quote
      from order_lines where order_id = ${orderId}::uuid order by line_number`.execute(em.getKysely());
  return rows;
}

/** What a unit of an order's products admits to now: their active entitlements. */
export async function readEntitlements(em: EntityManager, orderId: string): Promise<ProductEntitlement[]> {
  const { rows } = await sql<ProductEntitlement>`
    select product_id as "productId", function_code as "functionCode", label, quantity as total
      from product_functions
     where active and product_id in (select product_id from order_lines where order_id = ${orderId}::uuid)
     order by product_id, position`.execute(em.getKysely());
  return rows;
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
