/** What a partner can be told of, as `type` in the payload. The list only grows. */
export const eventTypes = [
  'reservation.held',
  'reservation.extended',
  'reservation.expired',
  'reservation.released',
  'order.created',
  'order.paid',
  'order.fulfilled',
  'order.cancelled',
  'order.refund_due',
  'ticket.redeemed',
  'inventory.low',
] as const;
export type EventType = (typeof eventTypes)[number];

/** Sent on request only, whatever the endpoint is registered for. */
export const TEST_EVENT = 'webhook.test';

export const endpointStatuses = ['enabled', 'disabled'] as const;
export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;

/** Enough for a test and a live system with a few receivers each; every event costs a row for each. */
export const MAX_ENDPOINTS = 10;

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * How long after each failed attempt the next one follows, in seconds: three days in all, as the Standard
 * Webhooks specification suggests.
 */
export const retryAfterSeconds = [
  5,
  30,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  20 * HOUR,
];

/** What came of an attempt: `retry` follows the schedule, the others end the delivery. */
export type DeliveryOutcome = 'delivered' | 'retry' | 'failed' | 'absent';
