import { v7 as uuid } from 'uuid';
import { Refund } from '../db/entities/sale.ts';
import { violates } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import {
  acceptReviewedPayment,
  refundReviewedPayment,
  settleRefund as settle,
} from '../db/queries/decide-payment.ts';
import { findOrderOfPayment } from '../db/queries/find-order-of-payment.ts';
import { type LockedOrder, lockOrder } from '../db/queries/lock-order.ts';
import { notFound, Refusal } from '../domain/errors.ts';
import type { PaymentVerdict } from '../domain/states.ts';

export type Decision = { act: 'accept' } | { act: 'refund'; reason: string };

/**
 * An operator decides on a payment under review, once: it pays its order, or its refund is recorded. The
 * same decision again changes nothing; the opposite one is refused.
 */
export async function decidePayment(
  em: EntityManager,
  by: Accepting,
  paymentId: string,
  decision: Decision,
): Promise<WorkflowCommand | undefined> {
  const orderId = await findOrderOfPayment(em.fork(), paymentId);
  if (orderId === undefined) throw notFound('payment', paymentId);
  try {
    return await em.fork().transactional(async (tx) => {
      const order = await lockOrder(tx, orderId);
      const verdict = order?.known.find((payment) => payment.paymentId === paymentId)?.verdict;
      if (!order || !verdict) throw notFound('payment', paymentId);
      if (isDecided(verdict, decision, paymentId)) return undefined;
      if (decision.act === 'refund') {
        await refundReviewedPayment(tx, by, paymentId, uuid(), decision.reason);
        return undefined;
      }
      return acceptReviewedPayment(tx, by, paymentId, isInTime(order));
    });
  } catch (error) {
    if (violates(error, 'payments_one_accepted')) throw paidOtherwise(orderId);
    throw error;
  }
}

/** Whether the decision has been taken already; refuses one that contradicts it. */
function isDecided(verdict: PaymentVerdict, decision: Decision, paymentId: string): boolean {
  if (verdict === 'review') return false;
  const same = verdict === (decision.act === 'accept' ? 'accepted' : 'refund_due');
  if (same) return true;
  throw new Refusal('ALREADY_DECIDED', `Payment ${paymentId} is ${verdict} and cannot be decided on again.`);
}

function isInTime(order: LockedOrder): boolean {
  if (order.status === 'pending_payment' && order.reservation_status === 'held') return true;
  if (order.status === 'expired') return false;
  if (order.status === 'paid' || order.status === 'fulfilled') throw paidOtherwise(order.order_id);
  throw new Refusal(
    'ALREADY_DECIDED',
    `Order ${order.order_id} is ${order.status} and cannot be paid any more. Refund this payment.`,
  );
}

const paidOtherwise = (orderId: string) =>
  new Refusal('ALREADY_PAID', `Order ${orderId} was paid by another payment. Refund this one.`);

/** Notes that a refund's money has gone back; a repeat changes nothing. */
export async function settleRefund(em: EntityManager, by: Accepting, refundId: string): Promise<void> {
  if (await settle(em, by, refundId)) return;
  if ((await em.fork().count(Refund, { refundId })) === 0) throw notFound('refund', refundId);
}
