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
 * How long after each failed attempt the next one follows, in seconds and give or take `SPREAD`: three days in
 * all, as the Standard Webhooks specification suggests.
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

/** Deliveries that failed together, because their endpoint was down, do not all come back at the same moment. */
const SPREAD = 0.2;

/**
 * How long a delivery waits after a failed attempt, from 1; undefined after the last. Always the same for the
 * same delivery, since its run computes it again when it is replayed.
 */
export function retryWaitMs(deliveryId: string, attempt: number): number | undefined {
  const seconds = retryAfterSeconds[attempt - 1];
  if (seconds === undefined) return undefined;
  const spread = (fractionOf(`${deliveryId}/${attempt}`) * 2 - 1) * SPREAD;
  return Math.round(seconds * 1000 * (1 + spread));
}

/** A number from 0 to 1 that belongs to a text, evenly spread: FNV-1a, with the last steps of MurmurHash3. */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * How long a delivery waits for a turn of its endpoint, which has enough messages under way: longer each time,
 * up to a minute.
 */
export function turnWaitMs(deliveryId: string, waits: number): number {
  const seconds = Math.min(2 ** waits, 60);
  return Math.round(seconds * 1000 * (1 - SPREAD * fractionOf(`${deliveryId}/turn/${waits}`)));
}

/**
 * What came of an attempt: `retry` follows the schedule, `busy` was none and comes again soon, the others end
 * the delivery.
 */
export type DeliveryOutcome = 'delivered' | 'retry' | 'busy' | 'failed' | 'absent';
