import {
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { WebhookActivities } from '../activities/webhooks.ts';
import { type DeliveryOutcome, retryAfterSeconds, retryWaitMs, turnWaitMs } from '../src/domain/webhooks.ts';
import { lookAgainSignal, type WebhookDeliveryInput, webhookTaskQueue } from './messages.ts';

/**
 * Brings one event to one endpoint: at once, and after each failure a while later, for three days. The row
 * says whether anything is left to do, so a second run changes nothing. A replay wakes a run that waits,
 * and begins the schedule anew.
 */
export async function webhookDeliveryWorkflow(
  input: WebhookDeliveryInput,
): Promise<{ outcome: DeliveryOutcome }> {
  const { deliveryId } = input;
  const attempts = retryAfterSeconds.length + 1;
  let replaysAsked = 0;
  let replaysSeen = 0;
  let turnsWaitedFor = 0;
  setHandler(lookAgainSignal, () => {
    replaysAsked += 1;
  });
  // A queue of its own: endpoints that hang take no place from the steps of a sale.
  const { deliverWebhook } = proxyActivities<WebhookActivities>({
    taskQueue: webhookTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '30s' },
  });

  for (let attempt = 1; ; attempt += 1) {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof webhookDeliveryWorkflow>(input);
    replaysSeen = replaysAsked;
    const waitMs = retryWaitMs(deliveryId, attempt);
    const waitSeconds = waitMs === undefined ? null : Math.ceil(waitMs / 1000);
    const outcome = await deliverWebhook.executeWithOptions(
      { summary: `Attempt ${attempt} of ${attempts}` },
      [deliveryId, waitSeconds],
    );
    if (outcome === 'busy') {
      await condition(() => replaysAsked > replaysSeen, turnWaitMs(deliveryId, turnsWaitedFor), {
        summary: 'Until the endpoint has fewer messages under way',
      });
      turnsWaitedFor += 1;
      attempt -= 1;
      continue;
    }
    const replayed = replaysAsked > replaysSeen;
    if (outcome !== 'retry' && !replayed) {
      setCurrentDetails(`**${outcome}** at attempt ${attempt} of ${attempts}.`);
      return { outcome };
    }
    setCurrentDetails(
      `Attempt ${attempt} of ${attempts} failed, the next follows after ${waitSeconds ?? 0} s.`,
    );
    const beginAnew =
      replayed ||
      (await condition(() => replaysAsked > replaysSeen, waitMs ?? 0, {
        summary: `Until attempt ${attempt + 1} of ${attempts}`,
      }));
    if (beginAnew) attempt = 0;
  }
}
