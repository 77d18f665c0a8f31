import { z } from 'zod';
import { deliveryStatuses, endpointStatuses, eventTypes } from '../domain/webhooks.ts';
import { afterId } from './cursors.ts';
import { operation } from './operation.ts';
import { id, line, page } from './values.ts';

const eventType = z.enum(eventTypes);

const endpoint = z
  .object({
    endpoint_id: id,
    url: z.string(),
    events: z.array(z.string()).meta({ description: 'Empty: every event.' }),
    status: z.enum(endpointStatuses),
    disabled_reason: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'WebhookEndpoint' });

const secret = z.string().meta({
  description: 'Signs what is sent, as in Standard Webhooks. Shown here only: keep it.',
  examples: ['whsec_…'],
});

const delivery = z
  .object({
    delivery_id: id,
    endpoint_id: id,
    event_id: id.meta({ description: 'The webhook-id: the same at each attempt, replay and endpoint.' }),
    event_type: z.string(),
    status: z.enum(deliveryStatuses),
    attempts: z.int(),
    last_status: z.int().nullable().meta({ description: 'The HTTP status of the last answer.' }),
    last_error: z.string().nullable(),
    created_at: z.iso.datetime(),
    next_attempt_at: z.iso.datetime().nullable(),
    delivered_at: z.iso.datetime().nullable(),
    payload: z
      .object({ type: z.string(), timestamp: z.iso.datetime(), data: z.record(z.string(), z.unknown()) })
      .meta({ id: 'WebhookPayload', description: 'The body that is sent.' }),
  })
  .meta({ id: 'WebhookDelivery' });

const ofPartners = { tag: 'Webhooks', caller: 'reservations:write', limit: 'partner' } as const;
const oneEndpoint = z.object({ endpoint_id: z.string() });
const path = '/api/ota/webhooks';

export const registerWebhook = operation({
  ...ofPartners,
  id: 'registerWebhook',
  method: 'post',
  path,
  summary: 'Register an endpoint that is told of events',
  idempotent: true,
  body: z
    .strictObject({
      url: line(2_000).meta({ format: 'uri', examples: ['https://agency.example/webhooks'] }),
      events: z
        .array(eventType)
        .max(eventTypes.length)
        .optional()
        .meta({ description: 'Every event, also those of later releases, where this is absent or empty.' }),
    })
    .meta({ id: 'WebhookEndpointRequest' }),
  answers: {
    201: {
      description: 'Registered. Its secret is shown this once.',
      body: endpoint.extend({ secret }).meta({ id: 'NewWebhookEndpoint' }),
      headers: ['Location', 'Idempotent-Replayed'],
    },
  },
  refusals: ['TOO_MANY_ENDPOINTS'],
});

export const listWebhooks = operation({
  ...ofPartners,
  id: 'listWebhooks',
  method: 'get',
  path,
  summary: 'Your endpoints, newest first',
  query: z.strictObject(page(afterId, 50, 500)),
  answers: {
    200: {
      description: 'A page of endpoints.',
      body: z
        .object({ items: z.array(endpoint), next_cursor: z.string().nullable() })
        .meta({ id: 'WebhookEndpointPage' }),
    },
  },
  refusals: [],
});

export const getWebhook = operation({
  ...ofPartners,
  id: 'getWebhook',
  method: 'get',
  path: `${path}/{endpoint_id}`,
  summary: 'An endpoint',
  params: oneEndpoint,
  answers: { 200: { description: 'The endpoint, without its secrets.', body: endpoint } },
  refusals: ['NOT_FOUND'],
});

export const deleteWebhook = operation({
  ...ofPartners,
  id: 'deleteWebhook',
  method: 'delete',
  path: `${path}/{endpoint_id}`,
  summary: 'Delete an endpoint with its deliveries',
  params: oneEndpoint,
  answers: {
    200: {
      description: 'Deleted. Nothing more is sent to it.',
      body: z.object({ endpoint_id: id, deleted: z.literal(true) }).meta({ id: 'DeletedWebhookEndpoint' }),
    },
  },
  refusals: ['NOT_FOUND'],
});

export const rotateWebhookSecret = operation({
  ...ofPartners,
  id: 'rotateWebhookSecret',
  method: 'post',
  path: `${path}/{endpoint_id}/rotate`,
  summary: 'Take a new secret; the present one signs too, until the next rotation',
  idempotent: true,
  params: oneEndpoint,
  answers: {
    200: {
      description: 'The new secret, shown this once.',
      body: z.object({ endpoint_id: id, secret }).meta({ id: 'WebhookSecret' }),
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['NOT_FOUND'],
});

export const enableWebhook = operation({
  ...ofPartners,
  id: 'enableWebhook',
  method: 'post',
  path: `${path}/{endpoint_id}/enable`,
  summary: 'Enable an endpoint that was disabled',
  idempotent: true,
  params: oneEndpoint,
  answers: {
    200: {
      description: 'Enabled; events from now on are sent to it.',
      body: endpoint,
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['NOT_FOUND'],
});

export const testWebhook = operation({
  ...ofPartners,
  id: 'testWebhook',
  method: 'post',
  path: `${path}/{endpoint_id}/test`,
  summary: 'Send the event webhook.test',
  idempotent: true,
  params: oneEndpoint,
  answers: {
    202: {
      description: 'On its way; the list of deliveries tells what came of it.',
      body: delivery,
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['NOT_FOUND', 'ENDPOINT_DISABLED'],
});

export const listWebhookDeliveries = operation({
  ...ofPartners,
  id: 'listWebhookDeliveries',
  method: 'get',
  path: `${path}/{endpoint_id}/deliveries`,
  summary: 'What was sent to an endpoint, and with what outcome, newest first',
  params: oneEndpoint,
  query: z.strictObject({ status: z.enum(deliveryStatuses).optional(), ...page(afterId, 50, 500) }),
  answers: {
    200: {
      description: 'A page of deliveries; ended ones are kept for 30 days.',
      body: z
        .object({ items: z.array(delivery), next_cursor: z.string().nullable() })
        .meta({ id: 'WebhookDeliveryPage' }),
    },
  },
  refusals: ['NOT_FOUND'],
});

export const replayWebhookDelivery = operation({
  ...ofPartners,
  id: 'replayWebhookDelivery',
  method: 'post',
  path: `${path}/deliveries/{delivery_id}/replay`,
  summary: 'Send an event again, at once, under the same id',
  idempotent: true,
  params: z.object({ delivery_id: z.string() }),
  answers: {
    202: { description: 'On its way again.', body: delivery, headers: ['Idempotent-Replayed'] },
  },
  refusals: ['NOT_FOUND', 'ENDPOINT_DISABLED'],
});
