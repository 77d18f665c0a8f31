import { validate as isUuid, v7 as uuid } from 'uuid';
import { Refund } from '../db/entities/sale.ts';
import { violates } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import { settleRefund } from '../db/queries/decide-payment.ts';
import { type LockedOrder, lockOrder } from '../db/queries/lock-order.ts';
import {
  attachPayment,
  fileNotification,
  isFiled,
  type PaymentToRecord,
  recordPayment,
} from '../db/queries/record-payment.ts';
import { invalid, notFound, Refusal } from '../domain/errors.ts';
import { type Judgement, judgePayment } from '../domain/payment.ts';
import { once } from './once.ts';

/** A payment as `activate` or a notification tells it. */
export type PaymentCommand = {
  orderId: string;
  reference: string;
  sender: string;
  /** Whose order it may pay; null for the payment provider, who pays any. */
  ownerId: string | null;
  amount?: number | undefined;
  currency?: string | undefined;
  paidAt: string | null;
  succeeded: boolean;
  /** Null for `activate`, which has no inbox. */
  webhookId: string | null;
};

/**
 * Accepts what is said about a payment: stores it, and what follows from it, in one transaction that locks
 * the reservation first. Whoever says it first wins; everything later finds it on record. Returns the
 * command to deliver, if a run has something to do.
 */
export async function takePayment(
  em: EntityManager,
  by: Accepting,
  payment: PaymentCommand,
): Promise<{ command?: WorkflowCommand | undefined; replayed: boolean }> {
  let command: WorkflowCommand | undefined;
  const accept = () =>
    em.fork().transactional(async (tx) => {
      const order = await lockOrder(tx, payment.orderId);
      const foreign = payment.ownerId !== null && order?.partner_id !== payment.ownerId;
      if (!order || foreign) throw notFound('order', payment.orderId);
      const { webhookId } = payment;
      if (webhookId !== null) {
        if (await isFiled(tx, payment.sender, webhookId)) return {};
        if (await isOfRefund(tx, by, payment)) return {};
      }
      command = await record(tx, by, order, payment);
      return {};
    });
  try {
    const { replayed } = await once(em, by, accept);
    return { command, replayed };
  } catch (error) {
    // Only where a sender uses one webhook-id for two orders at the same moment: the first one counts.
    if (!violates(error, 'payment_notifications_pkey')) throw error;
    return { replayed: false };
  }
}

/**
 * Whether a notification is about money that goes back: its reference is then the id of one of the order's
 * refunds. SUCCESS settles the refund, a repeat and FAILED leave it as it is.
 */
async function isOfRefund(em: EntityManager, by: Accepting, payment: PaymentCommand): Promise<boolean> {
  const { reference, orderId, amount, currency, succeeded } = payment;
  if (!isUuid(reference)) return false;
  const refund = await em.findOne(Refund, { refundId: reference, order: orderId });
  if (!refund) return false;
  const told = { amount, currency };
  const differing = (['amount', 'currency'] as const).filter(
    (field) => told[field] !== undefined && told[field] !== refund[field],
  );
  if (differing.length > 0) {
    throw invalid(
      differing.map((field) => ({ path: [field], message: `must be ${refund[field]}, as the refund's` })),
    );
  }
  if (succeeded) await settleRefund(em, by, refund.refundId);
  return true;
}

async function record(
  em: EntityManager,
  by: Accepting,
  order: LockedOrder,
  payment: PaymentCommand,
): Promise<WorkflowCommand | undefined> {
  const via = payment.webhookId === null ? 'activate' : 'webhook';
  const judgement: Judgement | { act: 'store_failure' } = payment.succeeded
    ? judgePayment(
        {
          status: order.status,
          reservationStatus: order.reservation_status,
          total: order.total_amount,
          currency: order.currency,
          known: order.known,
        },
        {
          via,
          reference: payment.reference,
          ...(payment.amount !== undefined && { amount: payment.amount }),
          ...(payment.currency !== undefined && { currency: payment.currency }),
        },
      )
    : { act: 'store_failure' };

  const paymentId = 'paymentId' in judgement ? judgement.paymentId : uuid();
  const write = (row: Pick<PaymentToRecord, 'verdict' | 'effect' | 'reason'>) =>
    recordPayment(em, by, {
      paymentId,
      orderId: order.order_id,
      sender: payment.sender,
      via,
      reference: payment.reference,
      amount: payment.amount ?? null,
      currency: payment.currency ?? null,
      paidAt: payment.paidAt,
      refundId: uuid(),
      ...row,
    });
  let command: WorkflowCommand | undefined;
  switch (judgement.act) {
    case 'take':
      command = await write({ verdict: 'accepted', effect: 'pay_order', reason: null });
      break;
    case 'take_late':
      command = await write({ verdict: 'accepted', effect: 'start_late_payment', reason: null });
      break;
    case 'refund':
      await write({ verdict: 'refund_due', effect: 'record_refund', reason: 'The order was cancelled.' });
      break;
    case 'review':
      await write({ verdict: 'review', effect: 'none', reason: judgement.reason });
      break;
    case 'store_failure':
      await write({ verdict: 'failed', effect: 'none', reason: 'The sender said FAILED.' });
      break;
    case 'attach':
    case 'known':
      await attachPayment(em, by, paymentId, via, payment.reference);
      break;
    case 'already_paid':
      throw new Refusal(
        'ALREADY_PAID',
        `Order ${order.order_id} was activated with the payment reference ${judgement.reference}.`,
      );
    case 'in_review':
      throw new Refusal(
        'PAYMENT_IN_REVIEW',
        `Payment ${payment.reference} differs from the order: an operator decides on it, or has sent it back.`,
      );
  }
  if (payment.webhookId !== null) {
    await fileNotification(em, payment.sender, payment.webhookId, paymentId);
  }
  return command;
}
