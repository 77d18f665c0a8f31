import {
  condition,
  continueAsNew,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { OpenWork, ReservationResult } from '../src/domain/fulfilment.ts';
import { fulfilOrder } from './fulfil-order.ts';
import {
  lookAgainSignal,
  type ReservationInput,
  reservationQuery,
  searchAttributes,
  tellTime,
} from './messages.ts';
import { expireReservation, holdInventory, loadOpenWork } from './patient-activities.ts';

/** Far below the server's limits of 10,000 signals and 51,200 events for a run. */
const MAX_LOOKS = 1_000;

/**
 * The life of a hold: it waits for payments until its deadline, turns each paid order into tickets, and
 * ends when the reservation's row has ended and no paid order is left. The rows hold the work and the run
 * only looks at them, so lost, repeated and reordered signals do not matter, nor does a second run.
 */
export async function reservationWorkflow(input: ReservationInput): Promise<ReservationResult> {
  const { reservationId } = input;
  let looksAsked = 0;
  let looksTaken = 0;
  let fulfilled = 0;
  let refused = 0;
  let work: OpenWork | undefined;
  setHandler(lookAgainSignal, () => {
    looksAsked += 1;
  });
  setHandler(reservationQuery, () => ({
    status: work?.status ?? 'unknown',
    expiresAt: work?.expires_at ?? null,
    fulfilled,
    refused,
  }));
  // Counted before the rows are read: a signal that comes meanwhile asks for one more look.
  const look = <T>(read: Promise<T>) => {
    looksTaken = looksAsked;
    return read;
  };

  work = await look(holdInventory(reservationId, input.request));
  while (work && (work.status === 'held' || work.paid_orders.length > 0)) {
    setCurrentDetails(tell(work, fulfilled, refused));
    showDeadline(work.expires_at);
    if (looksTaken >= MAX_LOOKS || workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof reservationWorkflow>({ reservationId });
    }
    if (work.paid_orders.length > 0) {
      let left: OpenWork | undefined;
      for (const orderId of work.paid_orders) {
        const result = await look(fulfilOrder(orderId));
        if (result.outcome === 'done') fulfilled += 1;
        else refused += 1;
        left = result.work;
      }
      work = left ?? (await look(loadOpenWork(reservationId)));
      continue;
    }
    const deadline = work.expires_at;
    const remainingMs = Math.max(Date.parse(deadline) - Date.now(), 1);
    const woken = await condition(() => looksAsked > looksTaken, remainingMs, {
      summary: `Hold ends at ${tellTime(deadline)}`,
    });
    work = await look(woken ? loadOpenWork(reservationId) : expireReservation(reservationId, deadline));
  }

  if (!work) return { status: 'absent', held: 0, sold: 0, released: 0 };
  setCurrentDetails(tell(work, fulfilled, refused));
  upsertSearchAttributes([{ key: searchAttributes.reservationStatus, value: work.status }]);
  const { held, sold, released } = work.units;
  return { status: work.status, held: held + sold + released, sold, released };
}

/** Operators search by the deadline, which is told at the start; and here, where it has moved since. */
function showDeadline(expiresAt: string): void {
  const { holdExpiresAt: key } = searchAttributes;
  const shown = workflowInfo().typedSearchAttributes.get(key);
  const deadline = new Date(expiresAt);
  const hasMoved = shown !== undefined && shown.getTime() !== deadline.getTime();
  if (hasMoved && patched('deadline-shown')) upsertSearchAttributes([{ key, value: deadline }]);
}

function tell(work: OpenWork, fulfilled: number, refused: number): string {
  const { held, sold, released } = work.units;
  return [
    `**${work.status}**, deadline ${tellTime(work.expires_at)}`,
    '',
    `- units: ${held} held, ${sold} sold, ${released} released`,
    `- orders: ${fulfilled} fulfilled by this run, ${refused} refused, ${work.paid_orders.length} paid and waiting`,
  ].join('\n');
}
