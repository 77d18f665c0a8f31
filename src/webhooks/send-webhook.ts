import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { hostOf, isPublicAddress, NOT_PUBLIC, publicLookup } from './public-address.ts';
import { signWebhook } from './standard-webhook.ts';

export type WebhookMessage = { url: string; secrets: string[]; id: string; body: string };
export type WebhookAnswer = { status: number } | { error: string };

/** All of it, from the look-up of the name to the end of the answer. */
const PATIENCE_MS = 10_000;
/** Of an answer, only its status counts; more than this is not waited for. */
const ANSWER_LIMIT_BYTES = 1_024;

/**
 * Sends a message once, signed as in Standard Webhooks with each live secret, over a connection of its own
 * to an address that was checked. A redirect is an answer like any other and is not followed.
 */
export function sendWebhook(
  { url: address, secrets, id, body }: WebhookMessage,
  allowPrivate: boolean,
  patienceMs = PATIENCE_MS,
): Promise<WebhookAnswer> {
  const url = new URL(address);
  // A host that is an address is never looked up, so it is checked here.
  const mayConnect = allowPrivate || (url.protocol === 'https:' && mayBePublic(hostOf(url)));
  if (!mayConnect) return Promise.resolve({ error: NOT_PUBLIC });
  const timestamp = Math.floor(Date.now() / 1000);
  const { promise, resolve } = Promise.withResolvers<WebhookAnswer>();
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: 'POST',
    agent: false,
    signal: AbortSignal.timeout(patienceMs),
    ...(!allowPrivate && { lookup: publicLookup }),
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': 'Allotment-Webhooks',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': secrets.map((secret) => signWebhook(secret, id, timestamp, body)).join(' '),
    },
  });
  // The receiver has decided once its status is here, however its answer ends.
  let status: number | undefined;
  const end = (error: NodeJS.ErrnoException) =>
    resolve(status === undefined ? { error: tellError(error, patienceMs) } : { status });
  request.on('error', end);
  request.on('close', () => end(new Error('closed without an answer')));
  request.on('response', (response) => {
    const answered = { status: response.statusCode ?? 0 };
    status = answered.status;
    let received = 0;
    response.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > ANSWER_LIMIT_BYTES) response.destroy();
    });
    response.on('error', () => resolve(answered));
    response.on('close', () => resolve(answered));
  });
  request.end(body);
  return promise;
}

const mayBePublic = (host: string): boolean => isIP(host) === 0 || isPublicAddress(host);

/** A failure in a line for the partner, without addresses of our network. */
function tellError(error: NodeJS.ErrnoException, patienceMs: number): string {
  if (error.message === NOT_PUBLIC) return NOT_PUBLIC;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `The endpoint did not answer within ${patienceMs / 1000} seconds.`;
  }
  return `The endpoint cannot be reached: ${reasons[error.code ?? ''] ?? error.code ?? 'the connection failed'}.`;
}

/** What a developer at the partner would look for, of the failures that are common. */
const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name could not be looked up',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};
