import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';
import { movesOfOrder, moveUnits, unitsOfOrder } from './move-units.ts';
import { recordRefundOfOrder } from './record-refund.ts';
import { completeHold } from './settle-order.ts';
import { tellOrder } from './webhook-events.ts';

/** Cancels an unpaid order: its units go back to its reservation. The order is locked by `lockOrder` before. */
export async function cancelUnpaidOrder(
  em: EntityManager,
  by: Accepting,
  orderId: string,
  reason: string,
): Promise<void> {
  await sql`
    with o as (
      update orders set status = 'cancelled', failure_reason = ${reason}
       where order_id = ${orderId}::uuid and status = 'pending_payment'
      returning *, ${tellOrder('order.cancelled', { refund_id: sql`null::uuid` })}
    ), lines as (
      update reservation_lines l set ordered = l.ordered - wanted.units
        from o, (${unitsOfOrder(orderId)}) wanted
       where l.reservation_id = o.reservation_id and l.product_id = wanted.product_id
    ), ${auditAndAnswer(by, 'cancel_unpaid', 'o', sql`o.order_id::text`, sql`'{}'::jsonb`)}
    select 1
  `.execute(em.getKysely());
}

/**
 * Voids the tickets of a fulfilled order, unless one has been used: each ticket's row is locked, as a scan
 * locks it, and only then are redemptions looked for, in a statement that begins after the locks. Returns
 * how many redemptions there are; with any, nothing has changed.
 */
export async function voidUnusedTickets(em: EntityManager, orderId: string): Promise<number> {
  const db = em.getKysely();
  await sql`select 1 from tickets where order_id = ${orderId}::uuid order by ticket_code for update`.execute(
    db,
  );
  const { rows } = await sql<{ redemptions: number }>`
    with used as (
      select count(*)::int as redemptions
        from redemptions r join tickets t using (ticket_code) where t.order_id = ${orderId}::uuid
    ), voided as (
      update tickets set status = 'void' from used
       where order_id = ${orderId}::uuid and status = 'valid' and used.redemptions = 0
    )
    select redemptions from used`.execute(db);
  return rows[0]?.redemptions ?? 0;
}

/**
 * Cancels a fulfilled order whose tickets `voidUnusedTickets` has voided in the same transaction: its units
 * go back to the pool and the refund of its payment is recorded.
 */
export async function cancelFulfilledOrder(
  em: EntityManager,
  by: Accepting,
  orderId: string,
  refundId: string,
  reason: string,
): Promise<void> {
  await sql`
    with o as (
      update orders set status = 'cancelled', failure_reason = ${reason}
       where order_id = ${orderId}::uuid and status = 'fulfilled'
      returning *, ${tellOrder('order.cancelled', { refund_id: sql`${refundId}::uuid` })}
    ), moves as (
      ${movesOfOrder('o', orderId, { reserved: 0, sold: -1 })}
    ), lines as (
      update reservation_lines l
         set ordered = l.ordered - moves.units, sold = l.sold - moves.units, released = l.released + moves.units
        from moves
       where l.reservation_id = moves.reservation_id and l.product_id = moves.product_id
    ), ${moveUnits('moves', 'cancelled')}, refund as (
      ${recordRefundOfOrder(refundId, reason)}
    ), ${auditAndAnswer(by, 'cancel_paid', 'o', sql`o.order_id::text`, sql`'{}'::jsonb`)}
    select 1
  `.execute(em.getKysely());
  await completeHold(em, orderId);
}
