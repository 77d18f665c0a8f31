import { Reservation } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import { endHold } from '../db/queries/end-hold.ts';
import { MOST_DAYS, prolongHold } from '../db/queries/move-deadline.ts';
import { invalid, notFound, type Refusal } from '../domain/errors.ts';
import { answerOnce, type Tell } from './answer-once.ts';
import type { Once } from './once.ts';
import { notHeld } from './place-order.ts';

const HOUR_MS = 60 * 60 * 1000;

type Changed<T> = Promise<Once<T> & { command?: WorkflowCommand | undefined }>;

/** An operator releases a hold, whoever's it is, as its partner could. A repeat changes nothing. */
export async function releaseAnyHold<T>(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  tell: Tell<T>,
): Changed<T> {
  let command: WorkflowCommand | undefined;
  const releaseOrFind = async (tx: EntityManager, keyless: Accepting) => {
    const ended = await endHold(tx, reservationId, { status: 'released', by: keyless, ownerId: null });
    command = ended?.command;
    if (ended) return;
    const { status } = await findHold(tx, reservationId);
    if (status !== 'released') throw notHeld(reservationId, status);
  };
  const answer = await answerOnce(em, by, releaseOrFind, tell);
  return answer.replayed ? answer : { ...answer, command };
}

/**
 * An operator keeps a hold open longer, whoever's it is; its run is told to look again. `seenEnd` is the end that the
 * operator knows of, where that is told: from another one nothing is added.
 */
export async function prolongAnyHold<T>(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  { hours, seenEnd }: { hours: number; seenEnd: string | null },
  tell: Tell<T>,
): Changed<T> {
  let command: WorkflowCommand | undefined;
  const prolong = async (tx: EntityManager, keyless: Accepting) => {
    const moved = await prolongHold(tx, keyless, reservationId, hours, seenEnd);
    if (!moved) throw await whyNotProlonged(tx, reservationId, hours, seenEnd);
    command = moved.command;
  };
  const answer = await answerOnce(em, by, prolong, tell);
  return answer.replayed ? answer : { ...answer, command };
}

async function whyNotProlonged(
  tx: EntityManager,
  reservationId: string,
  hours: number,
  seenEnd: string | null,
): Promise<Refusal> {
  const { status, startedAt, expiresAt } = await findHold(tx, reservationId);
  if (status !== 'held') return notHeld(reservationId, status);
  if (seenEnd !== null && expiresAt.getTime() !== Date.parse(seenEnd)) {
    const message = `is ${expiresAt.toISOString()} by now: somebody else has moved it`;
    return invalid([{ path: ['expires_at'], message }]);
  }
  const latest = startedAt.getTime() + MOST_DAYS * 24 * HOUR_MS;
  const present = expiresAt.getTime();
  if (present + hours * HOUR_MS > latest) {
    const left = Math.max(0, Math.floor((latest - present) / HOUR_MS));
    return invalid([
      {
        path: ['hours'],
        message:
          left === 0
            ? `a hold ends ${MOST_DAYS} days after it began at the latest, and this one is kept until then`
            : `must be at most ${left}: a hold ends ${MOST_DAYS} days after it began at the latest`,
      },
    ]);
  }
  return notHeld(reservationId, `over since ${expiresAt.toISOString()}`);
}

async function findHold(tx: EntityManager, reservationId: string): Promise<Reservation> {
  const reservation = await tx.findOne(Reservation, { reservationId });
  if (!reservation) throw notFound('reservation', reservationId);
  return reservation;
}
