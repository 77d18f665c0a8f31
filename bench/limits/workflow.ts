import { condition, proxyLocalActivities, setHandler } from '@temporalio/workflow';
import { lookAgainSignal, type ReservationInput } from '../../workflows/messages.ts';
import type { bareActivities } from './activities.ts';

const { first, second } = proxyLocalActivities<typeof bareActivities>({ startToCloseTimeout: '10s' });

/**
 * What Temporal itself costs for a sale: it is started and woken by the very commands of a reservation, whose
 * workflow it stands in for, and runs two activities without work. Local ones, as those of a sale are.
 */
export async function reservationWorkflow({ reservationId }: ReservationInput): Promise<void> {
  let woken = false;
  setHandler(lookAgainSignal, () => {
    woken = true;
  });
  await condition(() => woken);
  await first();
  await second(reservationId);
}
