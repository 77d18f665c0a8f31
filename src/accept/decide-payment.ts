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
import { answerOnce, type Tell } from './answer-once.ts';
import type { Once } from './once.ts';

export type Decision = { act: 'accept' } | { act: 'refund'; reason: string };

/**
 * An operator decides on a payment under review, once: it pays its order, or its refund is recorded. The
 * same decision again changes nothing; the opposite one is refused.
 */
export async function decidePayment<T>(
  em: EntityManager,
  by: Accepting,
  paymentId: string,
  decision: Decision,
  tell: Tell<T>,
): Promise<Once<T> & { command?: WorkflowCommand | undefined }> {
  const orderId = await findOrderOfPayment(em.fork(), paymentId);
  if (orderId === undefined) throw notFound('payment', paymentId);
  let command: WorkflowCommand | undefined;
  const decide = async (tx: EntityManager, keyless: Accepting) => {
    const order = await lockOrder(tx, orderId);
    const verdict = order?.known.find((payment) => payment.paymentId === paymentId)?.verdict;
    if (!order || !verdict) throw notFound('payment', paymentId);
    if (isDecided(verdict, decision, paymentId)) return;
    if (decision.act === 'refund') {
      await refundReviewedPayment(tx, keyless, paymentId, uuid(), decision.reason);
    } else {
      command = await acceptReviewedPayment(tx, keyless, paymentId, isInTime(order));
    }
  };
  try {
    const answer = await answerOnce(em, by, decide, tell);
    return answer.replayed ? answer : { ...answer, command };
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
export function settleRefund<T>(
  em: EntityManager,
  by: Accepting,
  refundId: string,
  tell: Tell<T>,
): Promise<Once<T>> {
  const settleOrFind = async (tx: EntityManager, keyless: Accepting) => {
    if (await settle(tx, keyless, refundId)) return;
    if ((await tx.count(Refund, { refundId })) === 0) throw notFound('refund', refundId);
  };
  return answerOnce(em, by, settleOrFind, tell);
}
