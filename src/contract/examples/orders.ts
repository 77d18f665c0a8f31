import {
  activateOrder,
  cancelOrder,
  getDirectOrder,
  getDirectOrderTickets,
  getOrder,
  getOrderTickets,
  listOrders,
  placeDirectOrder,
  placeOrder,
} from '../orders.ts';
import { notifyPayment } from '../payments.ts';
import { example, json, pageWith } from './example.ts';
import { breakdown, family, familyPrice, money, oneAdult, visit } from './prices.ts';
import { at, customer, DAY, ids, ORIGIN, references } from './story.ts';
import { inStreams, orderTickets, shopTickets } from './tickets.ts';

const webhookUrl = `${ORIGIN}/payments/notify`;
const params = { order_id: ids.order };
const inShop = { order_id: ids.shopOrder };

const order = {
  order_id: ids.order,
  reservation_id: ids.reservation,
  channel: 'ota',
  status: 'fulfilled',
  quantity: 3,
  reference: references.order,
  customer_details: customer,
  payment_required: { ...familyPrice.total, due_by: at.heldUntil },
  items: [familyPrice],
  created_at: at.ordered,
  paid_at: at.paid,
  fulfilled_at: at.fulfilled,
  failure_reason: null,
  refunds: [],
};
const adultPrice = breakdown(106, 318_00, oneAdult);
const petPrice = breakdown(107, 188_00, oneAdult);
const shopTotal = money(adultPrice.total.amount + petPrice.total.amount);
const shopOrder = {
  ...order,
  order_id: ids.shopOrder,
  reservation_id: ids.shopReservation,
  channel: 'direct',
  quantity: 2,
  reference: 'shop-5501',
  payment_required: { ...shopTotal, due_by: at.shopDue },
  items: [adultPrice, petPrice],
  created_at: at.shopOrdered,
  paid_at: '2030-06-04T05:04:00.000Z',
  fulfilled_at: '2030-06-04T05:04:01.000Z',
};
const cancelled = {
  ...order,
  order_id: ids.cancelledOrder,
  reservation_id: ids.disputedReservation,
  status: 'cancelled',
  quantity: 1,
  reference: 'booking-20883',
  payment_required: { ...adultPrice.total, due_by: '2030-06-05T03:00:00.000Z' },
  items: [adultPrice],
  created_at: '2030-06-04T03:05:00.000Z',
  paid_at: null,
  fulfilled_at: null,
  failure_reason: 'guest fell ill',
};

export const orderExamples = [
  example(placeOrder, {
    body: {
      reservation_id: ids.reservation,
      customer_details: customer,
      pricing_context: visit(family, 1),
      reference: references.order,
    },
    location: `/api/ota/orders/${ids.order}`,
    answers: {
      201: json({
        order_id: ids.order,
        reservation_id: ids.reservation,
        status: 'pending_payment',
        quantity: 3,
        reference: references.order,
        payment_required: { ...familyPrice.total, due_by: at.heldUntil },
        price_breakdown: familyPrice,
        webhook_url: webhookUrl,
      }),
    },
  }),
  example(listOrders, {
    query: {
      status: 'fulfilled',
      reservation_id: ids.reservation,
      product_id: 106,
      reference: references.order,
      from: DAY,
      to: DAY,
      limit: 50,
    },
    answers: { 200: pageWith(order) },
  }),
  example(getOrder, { params, answers: { 200: json(order) } }),
  example(getOrderTickets, {
    params,
    query: { limit: 1_000, language: 'zh-Hant', entries: 'pdf' },
    answers: { 200: json({ items: orderTickets, next_cursor: null }, inStreams(orderTickets)) },
  }),
  example(cancelOrder, {
    params: { order_id: ids.cancelledOrder },
    body: { reason: cancelled.failure_reason },
    answers: { 200: json(cancelled) },
  }),
  example(activateOrder, {
    body: { order_id: ids.order, payment_reference: references.payment },
    location: `/api/ota/orders/${ids.order}`,
    answers: {
      200: {
        json: {
          success: { activation_status: 'success', order_id: ids.order, tickets: orderTickets },
          failed: {
            activation_status: 'failed',
            order_id: ids.order,
            reason: 'Product 106 has no active entitlement.',
            refund_status: 'due',
          },
        },
      },
      202: json({ activation_status: 'processing', order_id: ids.order }),
    },
  }),
  example(notifyPayment, {
    body: {
      order_id: ids.order,
      payment_status: 'SUCCESS',
      payment_reference: references.payment,
      amount: familyPrice.total.amount,
      currency: 'HKD',
      paid_at: at.paid,
    },
    answers: { 200: json({ received: true }) },
  }),
  example(placeDirectOrder, {
    body: {
      items: [
        { product_id: 106, qty: 1, pricing_context: visit(oneAdult) },
        { product_id: 107, qty: 1, pricing_context: visit(oneAdult) },
      ],
      out_trade_no: shopOrder.reference,
      customer_details: customer,
    },
    location: `/orders/${ids.shopOrder}`,
    answers: {
      201: json({
        order_id: ids.shopOrder,
        status: 'pending_payment',
        quantity: 2,
        out_trade_no: shopOrder.reference,
        payment_required: shopOrder.payment_required,
        price_breakdown: { items: [adultPrice, petPrice], total: shopTotal },
        webhook_url: webhookUrl,
      }),
    },
  }),
  example(getDirectOrder, { params: inShop, answers: { 200: json(shopOrder) } }),
  example(getDirectOrderTickets, {
    params: inShop,
    query: { limit: 1_000, language: 'zh-Hant', entries: 'pdf' },
    answers: { 200: json({ items: shopTickets, next_cursor: null }, inStreams(shopTickets)) },
    problems: {
      NO_TICKETS: { detail: `Order ${ids.shopOrder} is pending_payment: there is no ticket to print.` },
    },
  }),
];
