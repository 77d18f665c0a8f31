import type { Router } from '@koa/router';
import { validate as isUuid } from 'uuid';
import { release } from '../../accept/release.ts';
import { reserve } from '../../accept/reserve.ts';
import * as contract from '../../contract/reservations.ts';
import { Reservation } from '../../db/entities/sale.ts';
import { findPriceRules } from '../../db/queries/price-rules.ts';
import { type FieldProblem, invalid, notFound } from '../../domain/errors.ts';
import type { Caller } from '../auth.ts';
import { presentHeld, presentReservation } from '../present/sales.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';
import { unknownProducts } from '../unknown-products.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export function reservationRoutes(router: Router, services: Services): void {
  const { fork, desk, now } = services;

  route(
    router,
    services,
    contract.reserve,
    async ({ ctx, body, caller, answerKeys }) => {
      const reference = body.reference ?? null;
      const { result, replayed, command } = await reserve(fork(), acceptingFor(ctx, caller, answerKeys), {
        productId: body.product_id,
        quantity: body.quantity,
        reservationExpiresAt: checkedEnd(body.reservation_expires_at, now()),
        reference,
      });
      desk.take(command);
      const rules = await findPriceRules(fork(), result.lines[0]?.price_list_id ?? 0);
      return {
        status: 201,
        body: presentHeld(result, rules, reference),
        headers: { Location: `/api/ota/reservations/${result.reservation_id}`, ...replayedHeader(replayed) },
      };
    },
    async ({ product_id, reservation_expires_at }) => [
      ...(await unknownProducts(services, [{ productId: product_id, path: ['product_id'] }])),
      ...endProblems(reservation_expires_at, now()),
    ],
  );

  route(router, services, contract.getReservation, async ({ params, caller }) => ({
    status: 200,
    body: await showReservation(services, params.reservation_id, caller),
  }));

  route(router, services, contract.releaseReservation, async ({ ctx, params, caller }) => {
    const id = params.reservation_id;
    if (!isUuid(id)) throw notFound('reservation', id);
    desk.take(await release(fork(), acceptingFor(ctx, caller), id));
    return { status: 200, body: await showReservation(services, id, caller) };
  });
}

/** An end that the caller chose. The database caps it by its own clock. */
function checkedEnd(text: string | undefined, now: Date): string | null {
  const problems = endProblems(text, now);
  if (problems.length > 0) throw invalid(problems);
  return text === undefined ? null : new Date(text).toISOString();
}

function endProblems(text: unknown, now: Date): FieldProblem[] {
  if (typeof text !== 'string') return [];
  const aheadMs = Date.parse(text) - now.getTime();
  const path = ['reservation_expires_at'];
  return aheadMs < MINUTE_MS || aheadMs > DAY_MS
    ? [{ path, message: 'must be from one minute to 24 hours ahead' }]
    : [];
}

async function showReservation({ fork }: Services, reservationId: string, caller: Caller) {
  const em = fork();
  const reservation = isUuid(reservationId)
    ? await em.findOne(Reservation, { reservationId, ...ownedBy(caller) }, { populate: ['lines', 'orders'] })
    : null;
  if (!reservation) throw notFound('reservation', reservationId);
  const priceListId = reservation.lines[0]?.priceListId ?? 0;
  return presentReservation(reservation, priceListId, await findPriceRules(em, priceListId));
}

/** Operators see every partner's sales; a partner sees its own. */
export const ownedBy = (caller: Caller) =>
  caller.permissions.includes('admin') ? {} : { partnerId: caller.partner_id };
