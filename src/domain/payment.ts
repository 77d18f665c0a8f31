import { moneyText } from './money.ts';
import type { OrderStatus, PaymentVerdict, ReservationStatus } from './states.ts';

/** Money that somebody says has arrived for an order. */
export type IncomingPayment = {
  via: 'activate' | 'webhook';
  reference: string;
  /** Absent where the sender gave none: then the order's total is taken to be paid. */
  amount?: number;
  currency?: string;
};

/** A payment that is on record for the order already. */
export type KnownPayment = {
  paymentId: string;
  reference: string;
  activationReference: string | null;
  notifiedReference: string | null;
  verdict: PaymentVerdict;
  /** An operator has decided that it pays nothing. */
  sentBack: boolean;
};

export type OrderToPay = {
  status: OrderStatus;
  reservationStatus: ReservationStatus;
  total: number;
  currency: string;
  known: KnownPayment[];
};

/**
 * What to do with it.
 * - `take`: the first payment in time; the order is paid.
 * - `take_late`: the first payment, but the hold has ended; a run takes the units again or refunds.
 * - `refund`: the order was cancelled; the money goes back.
 * - `review`: an operator decides (another amount, another payment).
 * - `attach`: the second word about a payment that is on record.
 * - `known`: said before, nothing to add.
 * - `already_paid`: `activate` names another payment than it did before.
 * - `in_review`: `activate` names a payment that waits for an operator, or that one has sent back.
 */
export type Judgement =
  | { act: 'take' | 'take_late' | 'refund' }
  | { act: 'review'; reason: string }
  | { act: 'attach' | 'known'; paymentId: string }
  | { act: 'already_paid'; reference: string }
  | { act: 'in_review' };

/** Judges a payment by the locked rows of its order. Pure: the same rows give the same judgement. */
export function judgePayment(order: OrderToPay, incoming: IncomingPayment): Judgement {
  const live = order.known.filter((payment) => payment.verdict !== 'failed');
  const settling = live.find((payment) => settles(order, payment));

  if (incoming.via === 'activate') {
    const activated = live.find((payment) => payment.activationReference !== null);
    const anotherActivation = activated && activated.activationReference !== incoming.reference;
    if (anotherActivation) return { act: 'already_paid', reference: activated.activationReference ?? '' };
    if (activated) return { act: 'known', paymentId: activated.paymentId };
    if (settling) return { act: 'attach', paymentId: settling.paymentId };
    if (live.some((payment) => payment.reference === incoming.reference)) return { act: 'in_review' };
  } else {
    const notified = live.find((payment) => payment.notifiedReference === incoming.reference);
    if (notified) return { act: 'known', paymentId: notified.paymentId };
    const difference = differenceOf(order, incoming);
    if (settling && !difference) {
      if (settling.notifiedReference === null) return { act: 'attach', paymentId: settling.paymentId };
      const sameByItsOtherName = settling.activationReference === incoming.reference;
      if (sameByItsOtherName) return { act: 'known', paymentId: settling.paymentId };
    }
    if (order.status === 'cancelled') return { act: 'refund' };
    if (difference) return { act: 'review', reason: difference };
    if (settling) return { act: 'review', reason: 'The order has another payment.' };
  }

  if (order.status === 'cancelled') return { act: 'refund' };
  const inTime = order.status === 'pending_payment' && order.reservationStatus === 'held';
  return { act: inTime ? 'take' : 'take_late' };
}

/** Whether it is the order's money, also where that went back with the cancelled order. */
function settles(order: OrderToPay, { verdict, sentBack }: KnownPayment): boolean {
  return verdict === 'accepted' || (verdict === 'refund_due' && order.status === 'cancelled' && !sentBack);
}

function differenceOf(order: OrderToPay, incoming: IncomingPayment): string | undefined {
  if (incoming.currency !== undefined && incoming.currency !== order.currency) {
    return `Paid in ${incoming.currency}, the order is in ${order.currency}.`;
  }
  if (incoming.amount !== undefined && incoming.amount !== order.total) {
    const [paid, total] = [incoming.amount, order.total].map((amount) => moneyText(amount, order.currency));
    return `Paid ${paid}, the order's total is ${total}.`;
  }
  return undefined;
}
