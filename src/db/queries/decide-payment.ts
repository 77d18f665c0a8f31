import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';
import { commandJson, commandPayment, type WorkflowCommand } from './commands.ts';
import { recordRefund } from './record-refund.ts';
import { tellOrder, tellRefund } from './webhook-events.ts';

/**
 * Accepts a payment that was under review: it pays its order, or, where the hold has ended, is late money.
 * The order is locked by `lockOrder` before. A second accepted payment violates `payments_one_accepted`.
 */
export async function acceptReviewedPayment(
  em: EntityManager,
  by: Accepting,
  paymentId: string,
  inTime: boolean,
): Promise<WorkflowCommand | undefined> {
  const { rows } = await sql<{ command: WorkflowCommand }>`
    with payment as (
      update payments set verdict = 'accepted', awaits_units = ${!inTime}::boolean
       where payment_id = ${paymentId}::uuid and verdict = 'review'
      returning payment_id, order_id
    ), paid as (
      update orders set status = 'paid', paid_at = clock_timestamp()
        from payment where orders.order_id = payment.order_id and ${inTime}::boolean
      returning ${tellOrder('order.paid', { payment_id: sql`payment.payment_id` })}
    ), r as (
      select r.* from channel_reservations r join orders o using (reservation_id) join payment using (order_id)
    ), command as (
      ${commandPayment(inTime)}
      returning *
    ), ${auditAndAnswer(by, 'accept_payment', 'payment', sql`payment_id::text`, sql`'{}'::jsonb`)}
    select ${commandJson('command')} as command from command
  `.execute(em.getKysely());
  return rows[0]?.command;
}

/** Sends a payment that was under review back: its refund is recorded, once. */
export async function refundReviewedPayment(
  em: EntityManager,
  by: Accepting,
  paymentId: string,
  refundId: string,
  reason: string,
): Promise<void> {
  await sql`
    with payment as (
      update payments set verdict = 'refund_due', sent_back = true
       where payment_id = ${paymentId}::uuid and verdict = 'review'
      returning *
    ), o as (
      select orders.* from orders join payment using (order_id)
    ), refund as (
      ${recordRefund(refundId, reason, sql`payment p`)}
      returning ${tellRefund('o')}
    ), ${auditAndAnswer(by, 'refund_payment', 'payment', sql`payment_id::text`, sql`'{}'::jsonb`)}
    select 1`.execute(em.getKysely());
}

/** Notes that the money of a refund has gone back. Returns false where there is no such refund that is due. */
export async function settleRefund(em: EntityManager, by: Accepting, refundId: string): Promise<boolean> {
  const { rows } = await sql`
    with refund as (
      update refunds set status = 'settled', settled_at = clock_timestamp()
       where refund_id = ${refundId}::uuid and status = 'due'
      returning refund_id
    ), ${auditAndAnswer(by, 'settle_refund', 'refund', sql`refund_id::text`, sql`'{}'::jsonb`)}
    select 1 from refund`.execute(em.getKysely());
  return rows.length === 1;
}
