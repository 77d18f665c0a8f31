import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';
import { commandJson, commandPayment, type WorkflowCommand } from './commands.ts';
import { recordRefund } from './record-refund.ts';
import { tellOrder, tellRefund } from './webhook-events.ts';

export type PaymentToRecord = {
  paymentId: string;
  orderId: string;
  sender: string;
  via: 'activate' | 'webhook';
  reference: string;
  amount: number | null;
  currency: string | null;
  paidAt: string | null;
  verdict: 'accepted' | 'review' | 'refund_due' | 'failed';
  reason: string | null;
  /** The order becomes paid with it, and its run is told; or a run of its own looks after late money. */
  effect: 'pay_order' | 'start_late_payment' | 'record_refund' | 'none';
  refundId: string;
};

/**
 * Writes a payment with everything that follows from it in one statement. The order and its reservation
 * are locked by `lockOrder` before, in the same transaction. A payment without an amount is of the order's
 * total. Returns the command to deliver, if there is one.
 */
export async function recordPayment(
  em: EntityManager,
  by: Accepting,
  payment: PaymentToRecord,
): Promise<WorkflowCommand | undefined> {
  const notified = payment.via === 'webhook' ? payment.reference : null;
  const activated = payment.via === 'activate' ? payment.reference : null;
  const { rows } = await sql<{ command: WorkflowCommand }>`
    with o as (
      select * from orders where order_id = ${payment.orderId}::uuid
    ), r as (
      select r.* from channel_reservations r join o using (reservation_id)
    ), payment as (
      insert into payments (payment_id, order_id, sender, reference, activation_reference, notified_reference,
                            amount, currency, verdict, reason, paid_at, awaits_units)
      select ${payment.paymentId}::uuid, order_id, ${payment.sender}, ${payment.reference}, ${activated}::text,
             ${notified}::text, coalesce(${payment.amount}::bigint, total_amount),
             coalesce(${payment.currency}::text, currency), ${payment.verdict}, ${payment.reason}::text,
             ${payment.paidAt}::timestamptz, ${payment.effect} = 'start_late_payment'
        from o
      returning *
    ), paid as (
      update orders set status = 'paid', paid_at = clock_timestamp()
       where order_id = ${payment.orderId}::uuid and ${payment.effect} = 'pay_order'
      returning ${tellOrder('order.paid', { payment_id: sql`${payment.paymentId}::uuid` })}
    ), refund as (
      ${recordRefund(payment.refundId, payment.reason, sql`payment p where ${payment.effect} = 'record_refund'`)}
      returning ${tellRefund('o')}
    ), command as (
      ${commandPayment(payment.effect === 'pay_order')}
       where ${payment.effect} in ('pay_order', 'start_late_payment')
      returning *
    ), ${auditAndAnswer(
      by,
      payment.via === 'activate' ? 'activate' : `payment_${payment.verdict}`,
      'payment',
      sql`${payment.orderId}::text`,
      sql`jsonb_build_object('order_id', ${payment.orderId}::text)`,
    )}
    select ${commandJson('command')} as command from command
  `.execute(em.getKysely());
  return rows[0]?.command;
}

/** A second word about a payment on record: from the webhook after `activate`, or the other way round. */
export async function attachPayment(
  em: EntityManager,
  by: Accepting,
  paymentId: string,
  via: 'activate' | 'webhook',
  reference: string,
): Promise<void> {
  const column = sql.ref(via === 'activate' ? 'activation_reference' : 'notified_reference');
  await sql`
    with payment as (
      update payments set ${column} = coalesce(${column}, ${reference})
       where payment_id = ${paymentId}::uuid
      returning order_id
    ), ${auditAndAnswer(
      by,
      via === 'activate' ? 'activate' : 'payment_attached',
      'payment',
      sql`order_id::text`,
      sql`jsonb_build_object('order_id', order_id)`,
    )}
    select 1
  `.execute(em.getKysely());
}

/** Whether the sender's `webhook-id` is in the inbox already. */
export async function isFiled(em: EntityManager, sender: string, webhookId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from payment_notifications where sender = ${sender} and webhook_id = ${webhookId}
  `.execute(em.getKysely());
  return rows.length > 0;
}

/** Stores that a notification has come; a `webhook-id` that the sender used before violates the key. */
export async function fileNotification(
  em: EntityManager,
  sender: string,
  webhookId: string,
  paymentId: string,
): Promise<void> {
  await sql`
    insert into payment_notifications (sender, webhook_id, payment_id)
    values (${sender}, ${webhookId}, ${paymentId}::uuid)`.execute(em.getKysely());
}
