import { CancellationScope } from '@temporalio/workflow';
import type { StepOutcome } from '../src/domain/fulfilment.ts';
import { compensateOrder, confirmOrder, issueTickets } from './patient-activities.ts';

/**
 * Turns a paid order into tickets: its units are sold, its tickets issued. Where either is refused for
 * good, the order is compensated instead. Once begun it is carried through, also when the run is cancelled.
 */
export function fulfilOrder(orderId: string): Promise<StepOutcome> {
  return CancellationScope.nonCancellable(async () => {
    const confirmed = await confirmOrder(orderId);
    const result = confirmed.outcome === 'refused' ? confirmed : await issueTickets(orderId);
    if (result.outcome === 'refused') await compensateOrder(orderId, result.reason);
    return result;
  });
}
