import { Reservation } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import { endHold } from '../db/queries/end-hold.ts';
import { notFound } from '../domain/errors.ts';
import { type OnceCommanded, once } from './once.ts';
import { notHeld } from './place-order.ts';

/**
 * Accepts the release of a hold of this owner, or of whoever's it is where that is null: its unsold remainder is
 * free at once, paid orders stay. A repeat finds the hold released and changes nothing.
 */
export async function release(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  ownerId: string | null = by.partnerId,
): Promise<WorkflowCommand | undefined> {
  const ended = await em
    .fork()
    .transactional((tx) => endHold(tx, reservationId, { status: 'released', by, ownerId }));
  if (ended) return ended.command;

  const owned = ownerId === null ? {} : { partnerId: ownerId };
  const reservation = await em.fork().findOne(Reservation, { reservationId, ...owned });
  if (!reservation) throw notFound('reservation', reservationId);
  if (reservation.status !== 'released') throw notHeld(reservationId, reservation.status);
  return undefined;
}

/** The same for whoever's hold, once for an operator's keys. */
export async function releaseOnce(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
): Promise<OnceCommanded<object>> {
  let command: WorkflowCommand | undefined;
  const answer = await once(em, by, async () => {
    command = await release(em, by, reservationId, null);
    return {};
  });
  return command && !answer.replayed ? { ...answer, command } : answer;
}
