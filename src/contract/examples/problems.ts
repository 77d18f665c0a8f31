import type { RefusalCode } from '../../domain/errors.ts';
import { at, codes, ids, partnerName, references } from './story.ts';

/** What a refusal says: its sentence, and the members that its code has beyond those of all problems. */
export type ProblemExample = { detail: string; facts?: Record<string, unknown> };

/** Of the scan before, as a gate is told of it. */
const lastRedemption = {
  function_code: 'ferry',
  quantity: 1,
  venue_code: 'pier-1',
  venue_name: 'Pier 1',
  redeemed_at: at.admitted,
};

/**
 * What each code says, unless an operation's example has words of its own. The compiler finds a code that is
 * missing. NOT_FOUND, PERMISSION_MISSING and VALIDATION_FAILED depend on the operation: see `problemsOf`.
 */
export const problemExamples: Record<RefusalCode, ProblemExample> = {
  MALFORMED_REQUEST: { detail: 'The request cannot be read.' },
  API_KEY_MISSING: { detail: 'Send your API key as X-API-Key or as Authorization: Bearer.' },
  API_KEY_INVALID: { detail: 'This API key is unknown, expired or revoked.' },
  SIGNATURE_INVALID: { detail: 'No live secret has made this webhook-signature.' },
  PERMISSION_MISSING: { detail: 'This key lacks the permission.' },
  PARTNER_SUSPENDED: { detail: `${partnerName} is suspended. Ask the operator.` },
  NOT_FOUND: { detail: 'There is nothing there.' },
  METHOD_NOT_ALLOWED: { detail: 'DELETE is not allowed at /api/ota/reserve.' },
  NOT_ACCEPTABLE: {
    detail:
      'Tickets come as application/json, text/csv, application/x-ndjson, application/pdf or application/zip.',
  },
  ALLOTMENT_EXHAUSTED: {
    detail: 'Product 106 has 2 units available on channel ota, 5 were asked for.',
    facts: { product_id: 106, available: 2 },
  },
  RESERVATION_EXHAUSTED: {
    detail: `Reservation ${ids.reservation} has 2 units left to order, 3 were asked for.`,
    facts: { available: 2 },
  },
  RESERVATION_NOT_HELD: {
    detail: `Reservation ${ids.reservation} is released; only a held reservation can be changed. Make a new one.`,
    facts: { reservation_status: 'released' },
  },
  REFERENCE_TAKEN: { detail: `You have an order with the reference ${references.order} already.` },
  ALREADY_PAID: { detail: `Order ${ids.order} was activated with the payment reference payment-70099.` },
  PAYMENT_IN_REVIEW: {
    detail: `Payment ${references.payment} differs from the order: an operator decides on it, or has sent it back.`,
  },
  ALREADY_DECIDED: {
    detail: `Payment ${ids.disputedPayment} is refund_due and cannot be decided on again.`,
  },
  HOLD_ENDED: {
    detail: `The hold of order ${ids.order} had ended and its units are gone; the money is to be refunded.`,
    facts: { refund_status: 'due' },
  },
  ORDER_CANCELLED: {
    detail: `Order ${ids.order} was cancelled; the money is to be refunded.`,
    facts: { refund_status: 'due' },
  },
  ORDER_NOT_CANCELLABLE: {
    detail: `Order ${ids.cancelledOrder} is paid and its tickets are being issued. Try again in a moment.`,
  },
  NO_TICKETS: { detail: `Order ${ids.order} is pending_payment: there is no ticket to print.` },
  ALLOCATION_NOT_FREE: {
    detail:
      'Product 106 has 2000 units allocated to channel ota: 1000 reserved, 850 sold, 150 free; 200 were to be moved.',
    facts: { product_id: 106, channel: 'ota', allocated: 2_000, reserved: 1_000, sold: 850, free: 150 },
  },
  ALLOCATIONS_EXCEED_CAP: {
    detail:
      'Product 106 would have 3200 units allocated (ota 2200, direct 1000) with a sellable cap of 3000.',
    facts: { product_id: 106, sellable_cap: 3_000, allocated: 3_200 },
  },
  ALREADY_EXISTS: { detail: 'It exists already.' },
  KEY_ENDED: { detail: `Key ${ids.key} was revoked at ${at.settled}.` },
  ENTITLEMENT_NEEDED: {
    detail: 'Product 109 is on sale and would have no active entitlement left.',
  },
  VENUE_IN_USE: {
    detail: `Live keys are limited to venue pier-1: ${ids.gateKey}. Revoke them first.`,
    facts: { key_ids: [ids.gateKey] },
  },
  TOO_MANY_ENDPOINTS: {
    detail: 'You have 10 webhook endpoints, and may have no more. Delete one that you no longer need.',
  },
  ENDPOINT_DISABLED: { detail: `Webhook endpoint ${ids.endpoint} is disabled. Enable it first.` },
  TOKEN_REPLAYED: {
    detail: 'This code was scanned before. Ask the guest to show a fresh one.',
    facts: { last_redemption: lastRedemption },
  },
  BODY_TOO_LARGE: { detail: 'The body may have 256 KiB.' },
  UNSUPPORTED_MEDIA_TYPE: { detail: 'Send the body as Content-Type: application/json, in UTF-8.' },
  VALIDATION_FAILED: { detail: 'One field is not valid.' },
  IDEMPOTENCY_KEY_REUSED: {
    detail: 'This Idempotency-Key came with another body before. Use a new key for a new request.',
  },
  SCAN_ID_REUSED: {
    detail: 'This scan_id came with another scan before. Make a new one for each scan.',
  },
  TOKEN_INVALID: { detail: 'This code was not made here, or not read well. Scan it again.' },
  TICKET_VOID: { detail: `Ticket ${codes.adult.code} is void.` },
  TICKET_TEST: { detail: `Ticket ${codes.adult.code} is of the sandbox and admits nowhere.` },
  WRONG_FUNCTION: {
    detail: `Ticket ${codes.adult.code} does not include ferry; it includes pet_ferry, pet_playground.`,
    facts: { functions: ['pet_ferry', 'pet_playground'] },
  },
  NOTHING_REMAINING: {
    detail: `Ticket ${codes.adult.code} has 0 of ferry left, 1 were asked for.`,
    facts: { remaining: 0, last_redemption: lastRedemption },
  },
  RATE_LIMITED: { detail: 'More than 100 requests a minute. Try again in 17 s.' },
  INTERNAL_ERROR: { detail: 'An unexpected error; its cause is logged under the request_id.' },
  UNAVAILABLE: {
    detail: 'The database does not answer in time. Try again, with the same Idempotency-Key.',
  },
};
