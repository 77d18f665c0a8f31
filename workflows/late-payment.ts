import { setCurrentDetails } from '@temporalio/workflow';
import { fulfilOrder } from './fulfil-order.ts';
import type { LatePaymentInput } from './messages.ts';
import { takeUnitsAgain } from './patient-activities.ts';

/**
 * Money that came after its hold had ended: the units are taken again if the pool has them and the order
 * becomes tickets, else the refund is recorded. It never stays undecided.
 */
export async function latePaymentWorkflow(
  input: LatePaymentInput,
): Promise<{ outcome: 'fulfilled' | 'refund_due' }> {
  const orderId = await takeUnitsAgain(input.paymentId);
  const unitsAreGone = orderId === undefined;
  const outcome =
    unitsAreGone || (await fulfilOrder(orderId)).outcome === 'refused' ? 'refund_due' : 'fulfilled';
  setCurrentDetails(
    outcome === 'fulfilled'
      ? `Order ${orderId} has its units again and its tickets.`
      : `Payment ${input.paymentId} is to be refunded.`,
  );
  return { outcome };
}
