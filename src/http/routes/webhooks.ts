import type { Router } from '@koa/router';
import { validate as isUuid } from 'uuid';
import {
  deleteEndpoint,
  enableEndpoint,
  noEndpoint,
  ownEndpoint,
  registerEndpoint,
  replay,
  rotateEndpoint,
  testEndpoint,
} from '../../accept/webhook-endpoints.ts';
import * as contract from '../../contract/webhooks.ts';
import { WebhookDelivery, WebhookEndpoint } from '../../db/entities/webhook.ts';
import { notFound } from '../../domain/errors.ts';
import { whyNotAnAddress, whyNotReachable } from '../../webhooks/public-address.ts';
import { BEFORE_THE_FIRST, pageOf } from '../lists.ts';
import { presentDelivery, presentEndpoint } from '../present/webhooks.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** A partner's endpoints for events, and what was delivered to them. All is the caller's own, or not found. */
export function webhookRoutes(router: Router, services: Services): void {
  const { config, fork } = services;
  const showEndpoint = async (partnerId: string, endpointId: string, em = fork()) => {
    const found = await em.findOne(WebhookEndpoint, ownEndpoint(partnerId, endpointId));
    if (!found) throw noEndpoint(endpointId);
    return presentEndpoint(found);
  };
  const showDelivery = async (deliveryId: string) => {
    const found = await fork().findOne(WebhookDelivery, { deliveryId });
    if (!found) throw notFound('delivery', deliveryId);
    return presentDelivery(found);
  };

  route(
    router,
    services,
    contract.registerWebhook,
    async ({ ctx, body, caller, answerKeys }) => {
      const by = acceptingFor(ctx, caller, answerKeys);
      const { result, replayed } = await registerEndpoint(
        fork(),
        by,
        { url: body.url, events: [...new Set(body.events ?? [])] },
        (url) => whyNotReachable(url, config.allowPrivateWebhooks),
      );
      return {
        status: 201,
        body: { ...(await showEndpoint(caller.partner_id, result.endpoint_id)), secret: result.secret },
        headers: { Location: `/api/ota/webhooks/${result.endpoint_id}`, ...replayedHeader(replayed) },
      };
    },
    async ({ url }) => {
      const problem = typeof url === 'string' ? whyNotAnAddress(url, config.allowPrivateWebhooks) : undefined;
      return problem === undefined ? [] : [{ path: ['url'], message: problem }];
    },
  );

  route(router, services, contract.listWebhooks, async ({ query, caller }) => {
    const found = await fork().find(
      WebhookEndpoint,
      {
        partnerId: caller.partner_id,
        deletedAt: null,
        endpointId: { $lt: query.cursor ?? BEFORE_THE_FIRST },
      },
      { orderBy: { endpointId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ endpointId }) => endpointId);
    return { status: 200, body: { items: items.map(presentEndpoint), next_cursor } };
  });

  route(router, services, contract.getWebhook, async ({ params, caller }) => ({
    status: 200,
    body: await showEndpoint(caller.partner_id, endpointOf(params)),
  }));

  route(router, services, contract.deleteWebhook, async ({ ctx, params, caller }) => {
    const endpointId = endpointOf(params);
    await deleteEndpoint(fork(), acceptingFor(ctx, caller), endpointId);
    return { status: 200, body: { endpoint_id: endpointId, deleted: true } };
  });

  route(router, services, contract.rotateWebhookSecret, async ({ ctx, params, caller, answerKeys }) => {
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await rotateEndpoint(fork(), by, endpointOf(params));
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  });

  route(router, services, contract.enableWebhook, async ({ ctx, params, caller, answerKeys }) => {
    const endpointId = endpointOf(params);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await enableEndpoint(fork(), by, endpointId, (tx) =>
      showEndpoint(caller.partner_id, endpointId, tx),
    );
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  });

  route(router, services, contract.testWebhook, async ({ ctx, params, caller, answerKeys }) => {
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await testEndpoint(fork(), by, endpointOf(params));
    return {
      status: 202,
      body: await showDelivery(result.delivery_id),
      headers: replayedHeader(replayed),
    };
  });

  route(router, services, contract.listWebhookDeliveries, async ({ params, query, caller }) => {
    const { endpoint_id: endpointId } = await showEndpoint(caller.partner_id, endpointOf(params));
    const found = await fork().find(
      WebhookDelivery,
      {
        endpoint: endpointId,
        ...(query.status && { status: query.status }),
        deliveryId: { $lt: query.cursor ?? BEFORE_THE_FIRST },
      },
      { orderBy: { deliveryId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ deliveryId }) => deliveryId);
    return { status: 200, body: { items: items.map(presentDelivery), next_cursor } };
  });

  route(router, services, contract.replayWebhookDelivery, async ({ ctx, params, caller, answerKeys }) => {
    const deliveryId = params.delivery_id;
    if (!isUuid(deliveryId)) throw notFound('delivery', deliveryId);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await replay(fork(), by, deliveryId);
    return {
      status: 202,
      body: await showDelivery(result.delivery_id),
      headers: replayedHeader(replayed),
    };
  });
}

function endpointOf({ endpoint_id: endpointId }: { endpoint_id: string }): string {
  if (!isUuid(endpointId)) throw noEndpoint(endpointId);
  return endpointId;
}
