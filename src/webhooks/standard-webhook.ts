import { createHmac, timingSafeEqual } from 'node:crypto';

/** The three headers of the Standard Webhooks specification. */
export type SignedHeaders = { id: string; timestamp: string; signature: string };

/** How far a sender's clock may be off, by the specification's recommendation. */
export const TOLERANCE_SECONDS = 5 * 60;

/** Signs a body with a `whsec_` secret: the value of `webhook-signature`. */
export function signWebhook(secret: string, id: string, timestampSeconds: number, body: string): string {
  return `v1,${mac(secret, id, String(timestampSeconds), body).toString('base64')}`;
}

/** Whether the clock allows these headers at all. */
export function isTimely(headers: SignedHeaders, now: Date): boolean {
  if (!/^\d{1,15}$/.test(headers.timestamp)) return false;
  return Math.abs(now.getTime() / 1000 - Number(headers.timestamp)) <= TOLERANCE_SECONDS;
}

/** Whether one of the signatures in the header is this secret's. Compared in constant time. */
export function isSignedWith(secret: string, headers: SignedHeaders, body: string): boolean {
  const expected = mac(secret, headers.id, headers.timestamp, body);
  return headers.signature
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

function mac(secret: string, id: string, timestamp: string, body: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
}
