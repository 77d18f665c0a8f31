import { acceptPayment, listPayments, listRefunds, refundPayment, settleRefund } from '../cases.ts';
import { example, json, pageWith } from './example.ts';
import { money } from './prices.ts';
import { at, ids, partnerId } from './story.ts';

/** 300.00 came for an order of 318.00. */
const payment = {
  payment_id: ids.disputedPayment,
  order_id: ids.disputedOrder,
  partner_id: partnerId,
  order_status: 'pending_payment',
  order_total: money(318_00),
  verdict: 'review',
  reason: "Paid HKD 300.00, the order's total is HKD 318.00.",
  sender: 'payment-provider',
  payment_reference: 'payment-70116',
  paid: money(300_00),
  received_at: at.disputed,
};
const reason = 'paid too little';
const refund = {
  refund_id: ids.refund,
  order_id: ids.disputedOrder,
  payment_id: ids.disputedPayment,
  amount: money(300_00),
  reason,
  status: 'due',
  created_at: at.decided,
  settled_at: null,
};
const params = { payment_id: ids.disputedPayment };

export const caseExamples = [
  example(listPayments, { query: { verdict: 'review', limit: 50 }, answers: { 200: pageWith(payment) } }),
  example(acceptPayment, {
    params,
    answers: {
      200: json({ ...payment, order_status: 'paid', verdict: 'accepted' }),
    },
    problems: {
      ALREADY_PAID: {
        detail: `Order ${ids.disputedOrder} was paid by another payment. Refund this one.`,
      },
    },
  }),
  example(refundPayment, {
    params,
    body: { reason },
    answers: { 200: json({ ...payment, verdict: 'refund_due' }) },
  }),
  example(listRefunds, { query: { status: 'due', limit: 50 }, answers: { 200: pageWith(refund) } }),
  example(settleRefund, {
    params: { refund_id: ids.refund },
    answers: { 200: json({ ...refund, status: 'settled', settled_at: at.settled }) },
  }),
];
