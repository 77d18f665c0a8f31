import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { deliveryStatuses, endpointStatuses } from '../../domain/webhooks.ts';

/** Where a partner wants to be told of events. Its secrets are only read to sign with. */
export const WebhookEndpoint = defineEntity({
  name: 'WebhookEndpoint',
  tableName: 'webhook_endpoints',
  properties: {
    endpointId: p.uuid().primary(),
    partnerId: p.text(),
    url: p.text(),
    events: p.array().columnType('text[]'),
    status: p.enum(endpointStatuses),
    disabledReason: p.text().nullable(),
    createdAt: p.datetime(),
    deletedAt: p.datetime().nullable(),
  },
});
export type WebhookEndpoint = InferEntity<typeof WebhookEndpoint>;

/** An event on its way to one endpoint. */
export const WebhookDelivery = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_deliveries',
  properties: {
    deliveryId: p.uuid().primary(),
    endpoint: () => p.manyToOne(WebhookEndpoint).joinColumn('endpoint_id'),
    eventId: p.uuid(),
    eventType: p.text(),
    payload: p.json<{ type: string; timestamp: string; data: Record<string, unknown> }>(),
    status: p.enum(deliveryStatuses),
    attempts: p.integer(),
    lastStatus: p.integer().nullable(),
    lastError: p.text().nullable(),
    createdAt: p.datetime(),
    nextAttemptAt: p.datetime().nullable(),
    deliveredAt: p.datetime().nullable(),
  },
});
export type WebhookDelivery = InferEntity<typeof WebhookDelivery>;
