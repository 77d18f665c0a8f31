import { isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const inProcess = proxyLocalActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
});

const durable = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '5s' },
});

/**
 * Runs a step within the workflow task, which costs no round trip to the server; when that has failed three
 * times, as an activity that is tried until it succeeds. A run that waits for PostgreSQL then shows in the
 * Web UI as a pending activity with its last failure, and its history does not grow meanwhile.
 */
function patient<K extends keyof Activities>(name: K): Activities[K] {
  const run = async (...args: unknown[]): Promise<unknown> => {
    try {
      return await (inProcess[name] as (...args: unknown[]) => Promise<unknown>)(...args);
    } catch (error) {
      if (isCancellation(error)) throw error;
      return (durable[name] as (...args: unknown[]) => Promise<unknown>)(...args);
    }
  };
  return run as Activities[K];
}

export const holdInventory = patient('holdInventory');
export const loadOpenWork = patient('loadOpenWork');
export const expireReservation = patient('expireReservation');
export const fulfilOrder = patient('fulfilOrder');
export const confirmOrder = patient('confirmOrder');
export const issueTickets = patient('issueTickets');
export const compensateOrder = patient('compensateOrder');
export const takeUnitsAgain = patient('takeUnitsAgain');
export const listPartnersToState = patient('listPartnersToState');
export const storeStatement = patient('storeStatement');
