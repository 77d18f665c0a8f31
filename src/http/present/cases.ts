import type { Loaded } from '@mikro-orm/core';
import type { Payment, Refund } from '../../db/entities/sale.ts';
import { moneyOf } from './prices.ts';

export function presentPayment(payment: Loaded<Payment, 'order'>) {
  const { order } = payment;
  return {
    payment_id: payment.paymentId,
    order_id: order.orderId,
    partner_id: order.partnerId,
    order_status: order.status,
    order_total: moneyOf(order)(order.totalAmount),
    verdict: payment.verdict,
    reason: payment.reason ?? null,
    sender: payment.sender,
    payment_reference: payment.reference,
    paid: moneyOf({ ...order, currency: payment.currency ?? order.currency })(
      payment.amount ?? order.totalAmount,
    ),
    received_at: payment.receivedAt.toISOString(),
  };
}

export function presentRefund(refund: Loaded<Refund, 'order'>) {
  return {
    refund_id: refund.refundId,
    order_id: refund.order.orderId,
    payment_id: refund.paymentId,
    amount: moneyOf({ ...refund.order, currency: refund.currency })(refund.amount),
    reason: refund.reason,
    status: refund.status,
    created_at: refund.createdAt.toISOString(),
    settled_at: refund.settledAt?.toISOString() ?? null,
  };
}
