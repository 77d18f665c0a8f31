import { Reservation } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { type MovedDeadline, prolongHold } from '../db/queries/move-deadline.ts';
import { invalid, notFound, type Refusal } from '../domain/errors.ts';
import { type OnceCommanded, onceCommanded } from './once.ts';
import { notHeld } from './place-order.ts';

const HOUR_MS = 60 * 60 * 1000;
const MOST_DAYS = 7;

/** Accepts that an operator keeps a hold open longer; its run is told to look again. */
export function prolong(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  hours: number,
): Promise<OnceCommanded<MovedDeadline>> {
  return onceCommanded(em, by, async () => {
    const moved = await prolongHold(em, by, reservationId, hours);
    if (!moved) throw await whyNotProlonged(em, reservationId, hours);
    return moved;
  });
}

async function whyNotProlonged(em: EntityManager, reservationId: string, hours: number): Promise<Refusal> {
  const reservation = await em.fork().findOne(Reservation, { reservationId });
  if (!reservation) return notFound('reservation', reservationId);
  if (reservation.status !== 'held') return notHeld(reservationId, reservation.status);
  const latest = reservation.startedAt.getTime() + MOST_DAYS * 24 * HOUR_MS;
  const present = reservation.expiresAt.getTime();
  if (present + hours * HOUR_MS > latest) {
    const left = Math.max(0, Math.floor((latest - present) / HOUR_MS));
    return invalid([
      {
        path: ['hours'],
        message: `must be at most ${left}: a hold ends ${MOST_DAYS} days after it began at the latest`,
      },
    ]);
  }
  return notHeld(reservationId, `over since ${reservation.expiresAt.toISOString()}`);
}
