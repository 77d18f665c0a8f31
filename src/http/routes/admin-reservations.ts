import type { Router } from '@koa/router';
import { prolong } from '../../accept/prolong.ts';
import { releaseOnce } from '../../accept/release.ts';
import * as contract from '../../contract/admin-reservations.ts';
import { Reservation } from '../../db/entities/sale.ts';
import { notFound } from '../../domain/errors.ts';
import { presentUnits } from '../present/sales.ts';
import { knownUuid } from '../read-operators.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** What operators may do to a hold, whoever's it is. */
export function adminReservationRoutes(router: Router, services: Services): void {
  const { fork, desk } = services;

  route(router, services, contract.releaseHold, async ({ ctx, params, caller, answerKeys }) => {
    const id = knownUuid('reservation', params.reservation_id);
    const { replayed, command } = await releaseOnce(fork(), acceptingFor(ctx, caller, answerKeys), id);
    desk.take(command);
    return { status: 200, body: await showHold(services, id), headers: replayedHeader(replayed) };
  });

  route(router, services, contract.extendHold, async ({ ctx, params, body, caller, answerKeys }) => {
    const id = knownUuid('reservation', params.reservation_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { replayed, command } = await prolong(fork(), by, id, body.hours);
    desk.take(command);
    return { status: 200, body: await showHold(services, id), headers: replayedHeader(replayed) };
  });
}

async function showHold({ fork }: Services, reservationId: string) {
  const hold = await fork().findOne(Reservation, { reservationId }, { populate: ['lines'] });
  if (!hold) throw notFound('reservation', reservationId);
  return {
    reservation_id: hold.reservationId,
    partner_id: hold.partnerId,
    status: hold.status,
    units: presentUnits(hold.lines.getItems()),
    reserved_until: hold.expiresAt.toISOString(),
    ended_at: hold.endedAt?.toISOString() ?? null,
  };
}
