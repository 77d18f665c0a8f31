import { CancellationScope, patched } from '@temporalio/workflow';
import type { Fulfilled } from '../src/domain/fulfilment.ts';
import * as step from './patient-activities.ts';

/**
 * Turns a paid order into tickets: its units are sold and its tickets issued. Where that is refused for good,
 * the order is compensated instead. Once begun it is carried through, also when the run is cancelled.
 */
export function fulfilOrder(orderId: string): Promise<Fulfilled> {
  return CancellationScope.nonCancellable(async () => {
    const result = patched('fulfilled-in-one-step')
      ? await step.fulfilOrder(orderId)
      : await inTwoSteps(orderId);
    if (result.outcome === 'refused') await step.compensateOrder(orderId, result.reason);
    return result;
  });
}

/** As runs of a former release began it. A hold lives up to 7 days; after those none is left. */
async function inTwoSteps(orderId: string): Promise<Fulfilled> {
  const confirmed = await step.confirmOrder(orderId);
  if (confirmed.outcome === 'refused') return confirmed;
  const { work: _, ...issued } = await step.issueTickets(orderId);
  return issued;
}
