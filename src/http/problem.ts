import type { Context, Middleware } from 'koa';
import { isUnavailable } from '../db/failures.ts';
import { Refusal, type RefusalCode } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { factsOf } from './request-facts.ts';

/** The status and title of every refusal; the compiler finds a missing one. */
export const answers: Record<RefusalCode, { status: number; title: string }> = {
  MALFORMED_REQUEST: { status: 400, title: 'The request cannot be read' },
  API_KEY_MISSING: { status: 401, title: 'An API key is needed' },
  API_KEY_INVALID: { status: 401, title: 'The API key is not valid' },
  SIGNATURE_INVALID: { status: 401, title: 'The signature is not valid' },
  PERMISSION_MISSING: { status: 403, title: 'The key may not do this' },
  PARTNER_SUSPENDED: { status: 403, title: 'The partner is suspended' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here' },
  NOT_ACCEPTABLE: { status: 406, title: 'No such representation' },
  ALLOTMENT_EXHAUSTED: { status: 409, title: 'Not enough units are available' },
  RESERVATION_EXHAUSTED: { status: 409, title: 'The reservation has too few units left' },
  RESERVATION_NOT_HELD: { status: 409, title: 'The reservation is no longer held' },
  REFERENCE_TAKEN: { status: 409, title: 'The reference is taken' },
  ALREADY_PAID: { status: 409, title: 'The order is paid already' },
  PAYMENT_IN_REVIEW: { status: 409, title: 'The payment waits for a decision' },
  ALREADY_DECIDED: { status: 409, title: 'It was decided before' },
  HOLD_ENDED: { status: 409, title: 'The hold had ended' },
  ORDER_CANCELLED: { status: 409, title: 'The order is cancelled' },
  ORDER_NOT_CANCELLABLE: { status: 409, title: 'The order can no longer be cancelled' },
  NO_TICKETS: { status: 409, title: 'The order has no ticket to print' },
  ALLOCATION_NOT_FREE: { status: 409, title: 'The units are not free' },
  ALLOCATIONS_EXCEED_CAP: { status: 409, title: 'The channels would have more than there is' },
  ALREADY_EXISTS: { status: 409, title: 'It exists already' },
  KEY_ENDED: { status: 409, title: 'The key has ended' },
  ENTITLEMENT_NEEDED: { status: 409, title: 'A product on sale needs an entitlement' },
  VENUE_IN_USE: { status: 409, title: 'Keys are limited to this venue' },
  TOO_MANY_ENDPOINTS: { status: 409, title: 'There are as many endpoints as there may be' },
  ENDPOINT_DISABLED: { status: 409, title: 'The endpoint is disabled' },
  TOKEN_REPLAYED: { status: 409, title: 'The code was used before' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be JSON' },
  VALIDATION_FAILED: { status: 422, title: 'The request is not valid' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The Idempotency-Key was used for another request' },
  SCAN_ID_REUSED: { status: 422, title: 'The scan_id was used for another scan' },
  TOKEN_INVALID: { status: 422, title: 'The code is not valid' },
  TICKET_TEST: { status: 422, title: 'The ticket is a test ticket' },
  TICKET_VOID: { status: 422, title: 'The ticket is void' },
  WRONG_FUNCTION: { status: 422, title: 'The ticket does not include this' },
  NOTHING_REMAINING: { status: 422, title: 'Nothing remains on the ticket' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong here' },
  UNAVAILABLE: { status: 503, title: 'Not available right now' },
};

export const RETRY_AFTER_SECONDS = '1';
export const CHALLENGE = 'Bearer realm="allotment"';

/** Turns whatever is thrown into a problem document (RFC 9457); what is not expected is logged and leaks nothing. */
export function problems(publicUrl: string, log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      // What the router answers by itself has a status and, for 405, the Allow header; it lacks the body.
      const unanswered = ctx.body === undefined || ctx.body === null;
      if (unanswered && ctx.status === 404) {
        throw new Refusal('NOT_FOUND', `There is nothing at ${ctx.path}.`);
      }
      if (unanswered && (ctx.status === 405 || ctx.status === 501)) {
        throw new Refusal('METHOD_NOT_ALLOWED', `${ctx.method} is not allowed at ${ctx.path}.`);
      }
    } catch (error) {
      answerProblem(ctx, toRefusal(error, ctx, log), publicUrl);
    }
  };
}

/** A refusal as problem document, with the headers that go with its status. */
export function answerProblem(ctx: Context, refusal: Refusal, publicUrl: string): void {
  const { status } = answers[refusal.code];
  ctx.status = status;
  if (status === 401) ctx.set('WWW-Authenticate', CHALLENGE);
  if (status === 503) ctx.set('Retry-After', RETRY_AFTER_SECONDS);
  ctx.body = JSON.stringify(
    problemDocument(refusal, { publicUrl, instance: ctx.path, requestId: ctx.state.requestId as string }),
  );
  ctx.type = 'application/problem+json';
}

/** The members in the order of RFC 9457, then our own; `type` is a place on this server's page of errors. */
export function problemDocument(
  refusal: Refusal,
  { publicUrl, instance, requestId }: { publicUrl: string; instance: string; requestId: string },
) {
  const { status, title } = answers[refusal.code];
  return {
    type: `${publicUrl}/docs/errors#${refusal.code.toLowerCase()}`,
    title,
    status,
    detail: refusal.message,
    instance,
    code: refusal.code,
    request_id: requestId,
    ...refusal.facts,
    ...(refusal.fields.length > 0 && {
      errors: refusal.fields.map(({ path, message }) => ({ path: path.join('.'), message })),
    }),
  };
}

function toRefusal(error: unknown, ctx: Context, log: Log): Refusal {
  if (error instanceof Refusal) return error;
  const status = statusOf(error);
  if (status === 413) return new Refusal('BODY_TOO_LARGE', 'The body may have 256 KiB.');
  if (status === 415) {
    return new Refusal(
      'UNSUPPORTED_MEDIA_TYPE',
      'Send plain UTF-8 JSON, or compress it with gzip or deflate.',
    );
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return new Refusal('MALFORMED_REQUEST', 'The request cannot be read.');
  }
  if (isUnavailable(error)) {
    log.warn({ ...factsOf(ctx), err: error }, 'PostgreSQL is away or too slow');
    return new Refusal(
      'UNAVAILABLE',
      'The database does not answer in time. Try again, with the same Idempotency-Key.',
    );
  }
  log.error({ ...factsOf(ctx), err: error }, 'unexpected error');
  return new Refusal('INTERNAL_ERROR', 'An unexpected error; its cause is logged under the request_id.');
}

function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}
