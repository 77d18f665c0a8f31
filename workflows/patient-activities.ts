import {
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { searchAttributes } from './messages.ts';

const inProcess = proxyLocalActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
});

const durable = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '5s' },
});

/** What the first argument of a step names: so the Web UI tells whose step is tried again. */
const subjects: Record<keyof Activities, string> = {
  holdInventory: 'Reservation',
  loadOpenWork: 'Reservation',
  expireReservation: 'Reservation',
  fulfilOrder: 'Order',
  confirmOrder: 'Order',
  issueTickets: 'Order',
  compensateOrder: 'Order',
  takeUnitsAgain: 'Payment',
  listPartnersToState: 'Due at',
  storeStatement: 'Partner',
};

type Described = {
  executeWithOptions(options: { summary: string }, args: unknown[]): Promise<unknown>;
};

/**
 * Runs a step within the workflow task, which costs no round trip to the server; when that has failed three
 * times, as an activity that is tried until it succeeds. A run that waits for PostgreSQL then shows in the
 * Web UI as a pending activity with its last failure, is found there by `RetryingStep`, and its history does not grow
 * meanwhile.
 */
function patient<K extends keyof Activities>(name: K): Activities[K] {
  const run = async (...args: unknown[]): Promise<unknown> => {
    try {
      return await (inProcess[name] as (...args: unknown[]) => Promise<unknown>)(...args);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const summary = `${subjects[name]} ${String(args[0])}`;
      return shownAsRetrying(name, () =>
        (durable[name] as unknown as Described).executeWithOptions({ summary }, args),
      );
    }
  };
  return run as Activities[K];
}

async function shownAsRetrying<T>(step: string, work: () => Promise<T>): Promise<T> {
  if (!patched('retrying-step-shown')) return work();
  const { retryingStep: key } = searchAttributes;
  upsertSearchAttributes([{ key, value: step }]);
  try {
    return await work();
  } finally {
    upsertSearchAttributes([{ key, value: null }]);
  }
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
