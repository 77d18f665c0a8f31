import type { EventType, TEST_EVENT } from '../../domain/webhooks.ts';
import {
  deleteWebhook,
  enableWebhook,
  getWebhook,
  listWebhookDeliveries,
  listWebhooks,
  registerWebhook,
  replayWebhookDelivery,
  rotateWebhookSecret,
  testWebhook,
} from '../webhooks.ts';
import { example, json, pageWith } from './example.ts';
import { at, codes, ids } from './story.ts';

/** Base64 of words that say what they are; nothing was ever signed with it but the example. */
export const secret = 'whsec_YW4gZXhhbXBsZSwgdXNlZCBub3doZXJlLCAzMiBieXQ=';
const nextSecret = 'whsec_YW5vdGhlciBleGFtcGxlLCB1c2VkIG5vd2hlcmUgMzI=';

const held = { reservation_id: ids.reservation, status: 'held', reserved_until: at.heldUntil };
const placed = {
  order_id: ids.order,
  reservation_id: ids.reservation,
  status: 'pending_payment',
  quantity: 3,
};

/** What is told of each event, and when; a type that is missing here does not compile. */
export const eventExamples: Record<EventType | typeof TEST_EVENT, { timestamp: string; data: object }> = {
  'reservation.held': { timestamp: at.held, data: held },
  'reservation.extended': {
    timestamp: '2030-06-03T09:30:00.000Z',
    data: { ...held, reservation_id: ids.shortReservation, reserved_until: at.extendedEnd },
  },
  'reservation.expired': {
    timestamp: at.extendedEnd,
    data: {
      reservation_id: ids.shortReservation,
      status: 'expired',
      reserved_until: at.extendedEnd,
    },
  },
  'reservation.released': { timestamp: at.released, data: { ...held, status: 'released' } },
  'order.created': { timestamp: at.ordered, data: placed },
  'order.paid': { timestamp: at.paid, data: { ...placed, status: 'paid', payment_id: ids.payment } },
  'order.fulfilled': { timestamp: at.fulfilled, data: { ...placed, status: 'fulfilled' } },
  'order.cancelled': {
    timestamp: '2030-06-04T03:06:00.000Z',
    data: {
      order_id: ids.cancelledOrder,
      reservation_id: ids.disputedReservation,
      status: 'cancelled',
      quantity: 1,
      refund_id: null,
    },
  },
  'order.refund_due': {
    timestamp: at.decided,
    data: {
      order_id: ids.disputedOrder,
      reservation_id: ids.disputedReservation,
      status: 'pending_payment',
      quantity: 1,
      payment_id: ids.disputedPayment,
      refund_id: ids.refund,
    },
  },
  'ticket.redeemed': {
    timestamp: '2030-06-15T02:30:20.000Z',
    data: {
      ticket_code: codes.adult.code,
      order_id: ids.order,
      status: 'valid',
      function_code: 'ferry',
      quantity: 1,
      remaining: 0,
    },
  },
  'inventory.low': {
    timestamp: '2030-06-10T04:00:00.000Z',
    data: { product_id: 106, channel: 'ota', available: 200, allocated: 2000 },
  },
  'webhook.test': { timestamp: '2030-06-01T08:00:59.999Z', data: { endpoint_id: ids.endpoint } },
};

const endpoint = {
  endpoint_id: ids.endpoint,
  url: 'https://agency.example/webhooks',
  events: ['order.fulfilled', 'order.refund_due'],
  status: 'enabled',
  disabled_reason: null,
  created_at: '2030-06-01T08:00:00.000Z',
};
const delivered = {
  delivery_id: ids.delivery,
  endpoint_id: ids.endpoint,
  event_id: ids.event,
  event_type: 'order.fulfilled',
  status: 'delivered',
  attempts: 1,
  last_status: 204,
  last_error: null,
  created_at: at.fulfilled,
  next_attempt_at: null,
  delivered_at: '2030-06-03T02:03:01.250Z',
  payload: { type: 'order.fulfilled', ...eventExamples['order.fulfilled'] },
};
const onItsWay = {
  ...delivered,
  delivery_id: ids.testDelivery,
  event_id: ids.testEvent,
  event_type: 'webhook.test',
  status: 'pending',
  attempts: 0,
  last_status: null,
  created_at: '2030-06-01T08:01:00.000Z',
  next_attempt_at: '2030-06-01T08:01:00.000Z',
  delivered_at: null,
  payload: { type: 'webhook.test', ...eventExamples['webhook.test'] },
};
const params = { endpoint_id: ids.endpoint };

export const webhookExamples = [
  example(registerWebhook, {
    body: { url: endpoint.url, events: ['order.fulfilled', 'order.refund_due'] },
    location: `/api/ota/webhooks/${ids.endpoint}`,
    answers: { 201: json({ ...endpoint, secret }) },
  }),
  example(listWebhooks, { query: { limit: 50 }, answers: { 200: pageWith(endpoint) } }),
  example(getWebhook, { params, answers: { 200: json(endpoint) } }),
  example(deleteWebhook, {
    params,
    answers: { 200: json({ endpoint_id: ids.endpoint, deleted: true }) },
  }),
  example(rotateWebhookSecret, {
    params,
    answers: { 200: json({ endpoint_id: ids.endpoint, secret: nextSecret }) },
  }),
  example(enableWebhook, { params, answers: { 200: json(endpoint) } }),
  example(testWebhook, { params, answers: { 202: json(onItsWay) } }),
  example(listWebhookDeliveries, {
    params,
    query: { status: 'delivered', limit: 50 },
    answers: { 200: pageWith(delivered) },
  }),
  example(replayWebhookDelivery, {
    params: { delivery_id: ids.delivery },
    answers: {
      202: json({
        ...delivered,
        status: 'pending',
        attempts: 0,
        next_attempt_at: '2030-06-03T05:00:00.000Z',
        delivered_at: null,
      }),
    },
  }),
];
