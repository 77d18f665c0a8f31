import { randomUUID } from 'node:crypto';
import { signWebhook } from '../../src/webhooks/standard-webhook.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- an answer's body has whatever shape its operation gives it
type Body = any;
export type Call = (method: 'GET' | 'POST', path: string, body?: object) => Promise<Body>;

/** Calls with one key; anything but success ends the run. */
export function callWith(url: string, key: string): Call {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'X-API-Key': key, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
}

/** The payment provider's word about an order. */
export async function notify(url: string, secret: string, notice: object): Promise<void> {
  const body = JSON.stringify({
    payment_status: 'SUCCESS',
    payment_reference: `pay-${randomUUID()}`,
    paid_at: new Date().toISOString(),
    ...notice,
  });
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1000);
  const response = await fetch(`${url}/payments/notify`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(secret, id, timestamp, body),
    },
    body,
  });
  if (!response.ok) throw new Error(`the notification was refused: ${response.status}`);
}
