import { Reservation } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import { endHold } from '../db/queries/end-hold.ts';
import { notFound } from '../domain/errors.ts';
import { notHeld } from './place-order.ts';

/**
 * Accepts the release of a hold: its unsold remainder is free at once, paid orders stay. A repeat finds
 * the hold released and changes nothing.
 */
export async function release(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
): Promise<WorkflowCommand | undefined> {
  const ended = await em
    .fork()
    .transactional((tx) => endHold(tx, reservationId, { status: 'released', by, ownerId: by.partnerId }));
  if (ended) return ended.command;

  const reservation = await em.fork().findOne(Reservation, { reservationId, partnerId: by.partnerId });
  if (!reservation) throw notFound('reservation', reservationId);
  if (reservation.status !== 'released') throw notHeld(reservationId, reservation.status);
  return undefined;
}
