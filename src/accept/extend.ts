import { Reservation } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { extendHold, type MovedDeadline } from '../db/queries/move-deadline.ts';
import { invalid, notFound, type Refusal } from '../domain/errors.ts';
import { type OnceCommanded, onceCommanded } from './once.ts';
import { notHeld } from './place-order.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Accepts a later end for a hold; its run is told to look again. */
export function extend(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  expiresAt: string,
): Promise<OnceCommanded<MovedDeadline>> {
  return onceCommanded(em, by, async () => {
    const moved = await extendHold(em, by, reservationId, expiresAt);
    if (!moved) throw await whyNotExtended(em, by, reservationId, expiresAt);
    return moved;
  });
}

async function whyNotExtended(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  expiresAt: string,
): Promise<Refusal> {
  const reservation = await em.fork().findOne(Reservation, { reservationId, partnerId: by.partnerId });
  if (!reservation) return notFound('reservation', reservationId);
  if (reservation.status !== 'held') return notHeld(reservationId, reservation.status);
  const latest = new Date(reservation.startedAt.getTime() + DAY_MS);
  const path = ['reservation_expires_at'];
  if (Date.parse(expiresAt) > latest.getTime()) {
    return invalid([
      { path, message: `must be at most 24 hours after the hold began, ${latest.toISOString()}` },
    ]);
  }
  const present = reservation.expiresAt.toISOString();
  if (Date.parse(expiresAt) <= reservation.expiresAt.getTime()) {
    return invalid([{ path, message: `must be later than the present end, ${present}` }]);
  }
  return notHeld(reservationId, `over since ${present}`);
}
