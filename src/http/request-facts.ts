import type { Context } from 'koa';
import { validate as isUuid } from 'uuid';

/** What every log line about a request tells of it. */
export function factsOf(ctx: Context): Record<string, unknown> {
  const { requestId, operation, partner, reservationId, orderId } = ctx.state;
  return {
    request_id: requestId,
    operation,
    partner: partner ?? null,
    ...(reservationId !== undefined && {
      reservation_id: reservationId,
      workflow_id: `reservation:${reservationId}`,
    }),
    ...(orderId !== undefined && { order_id: orderId }),
  };
}

/**
 * Keeps the ids that a part of a request, or its answer, names, for the log. Nothing but an id: callers may put
 * anything into a field.
 */
export function noteIds(ctx: Context, part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  const { reservation_id: reservationId, order_id: orderId } = part as Record<string, unknown>;
  if (isUuid(reservationId)) ctx.state.reservationId = reservationId;
  if (isUuid(orderId)) ctx.state.orderId = orderId;
}
