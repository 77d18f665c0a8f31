import type { WebhookDelivery, WebhookEndpoint } from '../../db/entities/webhook.ts';

export function presentEndpoint(endpoint: WebhookEndpoint) {
  return {
    endpoint_id: endpoint.endpointId,
    url: endpoint.url,
    events: endpoint.events,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason ?? null,
    created_at: endpoint.createdAt.toISOString(),
  };
}

export function presentDelivery(delivery: WebhookDelivery) {
  return {
    delivery_id: delivery.deliveryId,
    endpoint_id: delivery.endpoint.endpointId,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    status: delivery.status,
    attempts: delivery.attempts,
    last_status: delivery.lastStatus ?? null,
    last_error: delivery.lastError ?? null,
    created_at: delivery.createdAt.toISOString(),
    next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
    delivered_at: delivery.deliveredAt?.toISOString() ?? null,
    payload: delivery.payload,
  };
}
