import { Reservation } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { advanceHold, type MovedDeadline } from '../db/queries/move-deadline.ts';
import { notFound } from '../domain/errors.ts';
import { type OnceCommanded, onceCommanded } from './once.ts';
import { notHeld } from './place-order.ts';

/** Accepts that time passes for a hold of a test partner: its end comes nearer, and its run looks again. */
export function advance(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  seconds: number,
): Promise<OnceCommanded<MovedDeadline>> {
  return onceCommanded(em, by, async () => {
    const moved = await advanceHold(em, by, reservationId, seconds);
    if (!moved) {
      const reservation = await em.fork().findOne(Reservation, { reservationId, partnerId: by.partnerId });
      throw reservation ? notHeld(reservationId, reservation.status) : notFound('reservation', reservationId);
    }
    return moved;
  });
}
