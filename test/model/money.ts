import { pay, payLate } from './orders.ts';
import type { Order, Payment, World } from './state.ts';

export type Notice = {
  succeeded: boolean;
  reference: string;
  /** Absent: the sender says nothing of it. */
  amount?: number;
  currency?: string;
};

/** What the payment provider's word does. It is always received, so there is nothing to expect but 200. */
export function hearNotice(world: World, order: Order, notice: Notice): void {
  if (!notice.succeeded) {
    file(order, { ...notice, verdict: 'failed', notified: notice.reference });
    return;
  }
  const live = liveOf(order);
  if (live.some(({ notified }) => notified === notice.reference)) return;
  const isExact = (notice.amount ?? order.total) === order.total && (notice.currency ?? 'HKD') === 'HKD';
  const standing = standingOf(order);
  if (standing && isExact) {
    const isSecondWordOfActivate = standing.notified === null;
    if (isSecondWordOfActivate) standing.notified = notice.reference;
    if (isSecondWordOfActivate || standing.activation === notice.reference) return;
  }
  if (order.status === 'cancelled') {
    file(order, { ...notice, verdict: 'refund_due', notified: notice.reference });
  } else if (standing || !isExact) {
    file(order, { ...notice, verdict: 'review', notified: notice.reference });
  } else {
    settle(world, order, file(order, { ...notice, verdict: 'accepted', notified: notice.reference }));
  }
}

/** What a partner's `activate` does, and how it is answered. */
export function hearActivation(world: World, order: Order, reference: string): string {
  const live = liveOf(order);
  const activated = live.find(({ activation }) => activation !== null);
  if (activated && activated.activation !== reference) return '409 ALREADY_PAID';
  const standing = standingOf(order);
  if (!activated) {
    if (standing) standing.activation = reference;
    else if (live.some((payment) => payment.reference === reference)) return '409 PAYMENT_IN_REVIEW';
    else if (order.status === 'cancelled') {
      file(order, { reference, verdict: 'refund_due', activation: reference });
    } else settle(world, order, file(order, { reference, verdict: 'accepted', activation: reference }));
  }
  return activationOf(order);
}

function activationOf(order: Order): string {
  if (order.status === 'fulfilled') return '200 success';
  if (order.status === 'cancelled') return '409 ORDER_CANCELLED';
  return order.wasPaid ? '200 failed' : '409 HOLD_ENDED';
}

/** What an operator's decision on a payment does, and how it is answered. */
export function decide(world: World, order: Order, payment: Payment, act: 'accept' | 'refund'): string {
  if (payment.verdict !== 'review') {
    const same = payment.verdict === (act === 'accept' ? 'accepted' : 'refund_due');
    return same ? '200' : '409 ALREADY_DECIDED';
  }
  if (act === 'refund') {
    payment.verdict = 'refund_due';
    payment.sentBack = true;
    payment.refund = 'due';
    return '200';
  }
  if (order.status === 'fulfilled') return '409 ALREADY_PAID';
  if (order.status !== 'pending_payment' && order.status !== 'expired') return '409 ALREADY_DECIDED';
  settle(world, order, payment);
  return '200';
}

/** The money of an order that waits for it: in time while its hold lives. */
function settle(world: World, order: Order, payment: Payment): void {
  if (order.status === 'pending_payment') pay(world, order, payment);
  else payLate(world, order, payment);
}

const liveOf = (order: Order) => order.payments.filter(({ verdict }) => verdict !== 'failed');

/** The payment that any further word may be about. */
const standingOf = (order: Order) =>
  order.payments.find(
    ({ verdict, sentBack }) =>
      verdict === 'accepted' || (verdict === 'refund_due' && order.status === 'cancelled' && !sentBack),
  );

function file(
  order: Order,
  told: Pick<Payment, 'reference' | 'verdict'> & {
    activation?: string;
    notified?: string;
    amount?: number;
    currency?: string;
  },
): Payment {
  const payment: Payment = {
    reference: told.reference,
    activation: told.activation ?? null,
    notified: told.notified ?? null,
    verdict: told.verdict,
    amount: told.amount ?? order.total,
    currency: told.currency ?? 'HKD',
    refund: told.verdict === 'refund_due' ? 'due' : null,
    sentBack: false,
  };
  order.payments.push(payment);
  return payment;
}
