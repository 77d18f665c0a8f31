import type { EntityManager } from '../src/db/open.ts';
import { type Attempt, readDelivery, recordAttempt } from '../src/db/queries/webhook-deliveries.ts';
import type { DeliveryOutcome } from '../src/domain/webhooks.ts';

/** Signs a body with each live secret and sends it; tells what was answered, or why nothing was. */
export type WebhookSender = (message: {
  url: string;
  secrets: string[];
  id: string;
  body: string;
}) => Promise<{ status: number } | { error: string }>;

const GONE = 410;

/** The activity around a webhook: one attempt, recorded in its row. */
export function createWebhookActivities(fork: () => EntityManager, sendWebhook: WebhookSender) {
  return {
    /**
     * Sends an event once, unless its delivery has ended. Without `retryInSeconds` it is the last attempt.
     * An attempt that was made but could not be recorded is made again: receivers know it by its id.
     */
    async deliverWebhook(deliveryId: string, retryInSeconds: number | null): Promise<DeliveryOutcome> {
      const delivery = await readDelivery(fork(), deliveryId);
      if (!delivery) return 'absent';
      if (delivery.status !== 'pending') return delivery.status;
      const attempt = delivery.endpoint_is_live
        ? judge(await sendWebhook(toMessage(delivery)), retryInSeconds)
        : neverSent;
      await recordAttempt(fork(), deliveryId, attempt);
      return attempt.outcome;
    },
  };
}

const neverSent: Attempt = {
  outcome: 'failed',
  sent: false,
  status: null,
  error: 'The endpoint is disabled.',
  retryInSeconds: null,
  endpointIsGone: false,
};

export type WebhookActivities = ReturnType<typeof createWebhookActivities>;

function toMessage({
  url,
  secrets,
  event_id,
  payload,
}: NonNullable<Awaited<ReturnType<typeof readDelivery>>>) {
  const { type, timestamp, data } = payload;
  return { url, secrets, id: event_id, body: JSON.stringify({ type, timestamp, data }) };
}

function judge(answer: { status: number } | { error: string }, retryInSeconds: number | null): Attempt {
  const status = 'status' in answer ? answer.status : null;
  const delivered = status !== null && status >= 200 && status < 300;
  const endpointIsGone = status === GONE;
  const retried = !delivered && !endpointIsGone && retryInSeconds !== null;
  return {
    outcome: delivered ? 'delivered' : retried ? 'retry' : 'failed',
    sent: true,
    status,
    error: delivered ? null : 'error' in answer ? answer.error : `The endpoint answered ${status}.`,
    retryInSeconds: retried ? retryInSeconds : null,
    endpointIsGone,
  };
}
