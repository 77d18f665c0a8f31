import { randomUUID } from 'node:crypto';
import type { DemoKeys } from '../../../src/dev/demo-partners.ts';
import { signWebhook } from '../../../src/webhooks/standard-webhook.ts';

/** A request that can be sent again, the same to the byte. */
export type Request = { method: string; path: string; headers: Record<string, string>; body?: string };

/** Builds requests as the holders of the demo keys and the payment provider send them. */
export function requestsOf({ keys, webhookSecret }: { keys: DemoKeys; webhookSecret: string }) {
  return {
    get: (path: string): Request => ({ method: 'GET', path, headers: { 'X-API-Key': keys.ota } }),
    delete: (path: string): Request => ({ method: 'DELETE', path, headers: { 'X-API-Key': keys.ota } }),
    post: (
      path: string,
      body?: object,
      { key = 'ota', idempotencyKey = randomUUID() }: { key?: keyof DemoKeys; idempotencyKey?: string } = {},
    ): Request => ({
      method: 'POST',
      path,
      headers: {
        'X-API-Key': keys[key],
        'Content-Type': 'application/json',
        'Idempotency-Key': idempotencyKey,
      },
      ...(body && { body: JSON.stringify(body) }),
    }),
    notification: (orderId: string, reference: string): Request => {
      const id = `msg_${randomUUID()}`;
      const timestamp = Math.floor(Date.now() / 1000);
      const body = JSON.stringify({
        order_id: orderId,
        payment_status: 'SUCCESS',
        payment_reference: reference,
        paid_at: new Date().toISOString(),
      });
      return {
        method: 'POST',
        path: '/payments/notify',
        headers: {
          'Content-Type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signWebhook(webhookSecret, id, timestamp, body),
        },
        body,
      };
    },
  };
}
