import { Reservation } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { advanceHold } from '../db/queries/advance-hold.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import type { ExtendedHold } from '../db/queries/extend-hold.ts';
import { notFound } from '../domain/errors.ts';
import { type Once, once } from './once.ts';
import { notHeld } from './place-order.ts';

/** Accepts that time passes for a hold of a test partner: its end comes nearer, and its run looks again. */
export async function advance(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  seconds: number,
): Promise<Once<ExtendedHold> & { command?: WorkflowCommand }> {
  let accepted: WorkflowCommand | undefined;
  const answer = await once(em, by, async () => {
    const done = await advanceHold(em, by, reservationId, seconds);
    if (!done) {
      const reservation = await em.fork().findOne(Reservation, { reservationId, partnerId: by.partnerId });
      throw reservation ? notHeld(reservationId, reservation.status) : notFound('reservation', reservationId);
    }
    accepted = done.command;
    return done.advanced;
  });
  return accepted ? { ...answer, command: accepted } : answer;
}
