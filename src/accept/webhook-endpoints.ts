import { v7 as uuid } from 'uuid';
import { WebhookDelivery, WebhookEndpoint } from '../db/entities/webhook.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import {
  changeEndpoint,
  type DeliveryMade,
  insertEndpoint,
  insertTest,
  type NewSecret,
  replayDelivery,
  rotateSecret,
} from '../db/queries/webhook-endpoints.ts';
import { invalid, notFound, Refusal } from '../domain/errors.ts';
import { MAX_ENDPOINTS } from '../domain/webhooks.ts';
import { answerOnce, type Tell } from './answer-once.ts';
import { newWebhookSecret } from './new-webhook-secret.ts';
import { type Once, once } from './once.ts';

/** Accepts an endpoint whose address may be sent to; its secret is told here and at rotation only. */
export function registerEndpoint(
  em: EntityManager,
  by: Accepting,
  endpoint: { url: string; events: string[] },
  whyNotReachable: (url: string) => Promise<string | undefined>,
): Promise<Once<NewSecret>> {
  return once(em, by, async () => {
    const problem = await whyNotReachable(endpoint.url);
    if (problem) throw invalid([{ path: ['url'], message: problem }]);
    const made = await em
      .fork()
      .transactional((tx) =>
        insertEndpoint(tx, by, { ...endpoint, endpointId: uuid(), secret: newWebhookSecret() }),
      );
    if (made) return made;
    throw new Refusal(
      'TOO_MANY_ENDPOINTS',
      `You have ${MAX_ENDPOINTS} webhook endpoints, and may have no more. Delete one that you no longer need.`,
    );
  });
}

export function rotateEndpoint(
  em: EntityManager,
  by: Accepting,
  endpointId: string,
): Promise<Once<NewSecret>> {
  return once(em, by, async () => {
    const made = await rotateSecret(em, by, endpointId, newWebhookSecret());
    if (!made) throw noEndpoint(endpointId);
    return made;
  });
}

/** Enables an endpoint again; of one that is enabled, changes nothing. */
export function enableEndpoint<T>(
  em: EntityManager,
  by: Accepting,
  endpointId: string,
  tell: Tell<T>,
): Promise<Once<T>> {
  const enable = async (tx: EntityManager, keyless: Accepting) => {
    if (!(await changeEndpoint(tx, keyless, endpointId, 'enable'))) throw noEndpoint(endpointId);
  };
  return answerOnce(em, by, enable, tell);
}

export async function deleteEndpoint(em: EntityManager, by: Accepting, endpointId: string): Promise<void> {
  if (!(await changeEndpoint(em, by, endpointId, 'delete'))) throw noEndpoint(endpointId);
}

export function testEndpoint(
  em: EntityManager,
  by: Accepting,
  endpointId: string,
): Promise<Once<DeliveryMade>> {
  return once(em, by, async () => {
    const made = await insertTest(em, by, endpointId);
    if (made) return made;
    const found = await em.fork().count(WebhookEndpoint, ownEndpoint(by.partnerId, endpointId));
    throw found === 0 ? noEndpoint(endpointId) : disabled(endpointId);
  });
}

/** Accepts that a delivery begins anew, with the event id that it has. */
export function replay(em: EntityManager, by: Accepting, deliveryId: string): Promise<Once<DeliveryMade>> {
  return once(em, by, async () => {
    const made = await replayDelivery(em, by, deliveryId);
    if (made) return made;
    const delivery = await em.fork().findOne(WebhookDelivery, {
      deliveryId,
      endpoint: { partnerId: by.partnerId, deletedAt: null },
    });
    throw delivery ? disabled(delivery.endpoint.endpointId) : notFound('delivery', deliveryId);
  });
}

/** A partner's endpoint that is not deleted. */
export const ownEndpoint = (partnerId: string, endpointId: string) => ({
  endpointId,
  partnerId,
  deletedAt: null,
});

export const noEndpoint = (endpointId: string): Refusal => notFound('webhook endpoint', endpointId);

const disabled = (endpointId: string) =>
  new Refusal('ENDPOINT_DISABLED', `Webhook endpoint ${endpointId} is disabled. Enable it first.`);
