import type { Router } from '@koa/router';
import { validate as isUuid } from 'uuid';
import { HoldsTogether } from '../../accept/holds-together.ts';
import { release } from '../../accept/release.ts';
import { endProblems, reserve } from '../../accept/reserve.ts';
import { extend } from '../../accept/extend.ts';
import * as contract from '../../contract/reservations.ts';
import { Reservation } from '../../db/entities/sale.ts';
import { findPriceRules } from '../../db/queries/price-rules.ts';
import { notFound } from '../../domain/errors.ts';
import type { Caller } from '../auth.ts';
import { BEFORE_THE_FIRST, pageOf, periodProblems, soldBetween } from '../lists.ts';
import { ownedBy } from '../load-order.ts';
import { presentHeld, presentReservation } from '../present/sales.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';
import { unknownProducts } from '../unknown-products.ts';

export function reservationRoutes(router: Router, services: Services): void {
  const { config, fork, desk, now } = services;
  const holds = new HoldsTogether(fork, config.databasePatienceMs);

  route(
    router,
    services,
    contract.reserve,
    async ({ ctx, body, caller, answerKeys }) => {
      const reference = body.reference ?? null;
      const { result, replayed, command } = await reserve(
        fork(),
        holds,
        acceptingFor(ctx, caller, answerKeys),
        {
          productId: body.product_id,
          quantity: body.quantity,
          reservationExpiresAt: body.reservation_expires_at ?? null,
          reference,
          now: now(),
        },
      );
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
      ...(typeof reservation_expires_at === 'string' ? endProblems(reservation_expires_at, now()) : []),
    ],
  );

  route(router, services, contract.getReservation, async ({ params, caller }) => ({
    status: 200,
    body: await showReservation(services, params.reservation_id, caller),
  }));

  route(
    router,
    services,
    contract.listReservations,
    async ({ query, caller }) => {
      const between = soldBetween(query, config.timeZone);
      const em = fork();
      const found = await em.find(
        Reservation,
        {
          ...ownedBy(caller),
          ...(query.status && { status: query.status }),
          ...(query.reference && { reference: query.reference }),
          ...(query.product_id && { lines: { productId: query.product_id } }),
          ...(between && { startedAt: between }),
          reservationId: { $lt: query.cursor ?? BEFORE_THE_FIRST },
        },
        { populate: ['lines', 'orders'], orderBy: { reservationId: 'desc' }, limit: query.limit + 1 },
      );
      const { items, next_cursor } = pageOf(found, query.limit, (reservation) => reservation.reservationId);
      const shown = await Promise.all(
        items.map(async (reservation) => {
          const priceListId = reservation.lines[0]?.priceListId ?? 0;
          return presentReservation(reservation, priceListId, await findPriceRules(em, priceListId));
        }),
      );
      return { status: 200, body: { items: shown, next_cursor } };
    },
    async (_, query) => periodProblems(query),
  );

  route(router, services, contract.extendReservation, async ({ ctx, params, body, caller, answerKeys }) => {
    const id = params.reservation_id;
    if (!isUuid(id)) throw notFound('reservation', id);
    const expiresAt = new Date(body.reservation_expires_at).toISOString();
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed, command } = await extend(fork(), by, id, expiresAt);
    desk.take(command);
    return {
      status: 200,
      body: {
        reservation_id: result.reservation_id,
        status: 'held',
        reserved_until: new Date(result.expires_at).toISOString(),
      },
      headers: replayedHeader(replayed),
    };
  });

  route(router, services, contract.releaseReservation, async ({ ctx, params, caller }) => {
    const id = params.reservation_id;
    if (!isUuid(id)) throw notFound('reservation', id);
    desk.take(await release(fork(), acceptingFor(ctx, caller), id));
    return { status: 200, body: await showReservation(services, id, caller) };
  });
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
