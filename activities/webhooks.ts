import type { EntityManager } from '../src/db/open.ts';
import {
  type Attempt,
  postponeAttempt,
  readDelivery,
  recordAttempt,
} from '../src/db/queries/webhook-deliveries.ts';
import type { DeliveryOutcome } from '../src/domain/webhooks.ts';
import { createEndpointTurns, type NoTurn } from './endpoint-turns.ts';

/** Signs a body with each live secret and sends it; tells what was answered, or why nothing was. */
export type WebhookSender = (message: {
  url: string;
  secrets: string[];
  id: string;
  body: string;
}) => Promise<{ status: number } | { error: string }>;

const GONE = 410;

/** The activity around a webhook: one attempt, recorded in its row. */
export function createWebhookActivities(
  fork: () => EntityManager,
  sendWebhook: WebhookSender,
  countAttempt: (outcome: Attempt['outcome']) => void,
) {
  const inTurn = createEndpointTurns(Date.now);

  return {
    /**
     * Sends an event once, unless its delivery has ended. Without `retryInSeconds` it is the last attempt.
     * An attempt that was made but could not be recorded is made again: receivers know it by its id. Where
     * the endpoint has enough under way, none is made: `busy`, and the run comes again.
     */
    async deliverWebhook(deliveryId: string, retryInSeconds: number | null): Promise<DeliveryOutcome> {
      const delivery = await readDelivery(fork(), deliveryId);
      if (!delivery) return 'absent';
      if (delivery.status !== 'pending') return delivery.status;
      const answer = delivery.endpoint_is_live
        ? await inTurn(delivery.endpoint_id, () => sendWebhook(toMessage(delivery)))
        : 'disabled';
      if (answer === 'busy') {
        await postponeAttempt(fork(), deliveryId);
        return 'busy';
      }
      const attempt = judge(answer, retryInSeconds);
      await recordAttempt(fork(), deliveryId, attempt);
      countAttempt(attempt.outcome);
      return attempt.outcome;
    },
  };
}

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

const notSent: Record<Exclude<NoTurn, 'busy'> | 'disabled', string> = {
  silent: 'The endpoint gave no answer a moment before, so nothing was sent.',
  disabled: 'The endpoint is disabled.',
};

function judge(
  answer: { status: number } | { error: string } | keyof typeof notSent,
  retryInSeconds: number | null,
): Attempt {
  const sent = typeof answer === 'object';
  const status = sent && 'status' in answer ? answer.status : null;
  const delivered = status !== null && status >= 200 && status < 300;
  const endpointIsGone = status === GONE;
  const ended = endpointIsGone || answer === 'disabled';
  const retried = !delivered && !ended && retryInSeconds !== null;
  return {
    outcome: delivered ? 'delivered' : retried ? 'retry' : 'failed',
    sent,
    status,
    error: delivered ? null : tellFailure(answer),
    retryInSeconds: retried ? retryInSeconds : null,
    endpointIsGone,
  };
}

function tellFailure(answer: { status: number } | { error: string } | keyof typeof notSent): string {
  if (typeof answer === 'string') return notSent[answer];
  return 'error' in answer ? answer.error : `The endpoint answered ${answer.status}.`;
}
