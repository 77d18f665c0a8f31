import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoKeys } from '../../../src/dev/demo-partners.ts';
import { signWebhook } from '../../../src/webhooks/standard-webhook.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- an answer's body has whatever shape the test expects of it
export type Answer = { status: number; body: any };
export type Request = { method: string; path: string; headers: Record<string, string>; body?: string };

/** How a request went that was repeated until it was answered. */
export type Tally = {
  calls: number;
  repeats: number;
  /** Attempts that 503 answered. */
  unavailable: number;
  /** Calls that no address answered in the first round. */
  unanswered: number;
  /** Answers of the 500s other than 503, in full. */
  faulty: string[];
};

export type Caller = ReturnType<typeof openCaller>;

const ATTEMPT_MS = 5_000;
const PATIENCE_MS = 120_000;
const REPEAT_AFTER_MS = 100;

type Service = { keys: DemoKeys; webhookSecret: string };

/**
 * A client as integrators are told to write it: each call is repeated, the same to the byte, until it is
 * answered. No answer, and 503, mean "again"; another address is tried then, where there is one. Every
 * other answer of the 500s is noted as faulty.
 */
export function openCaller(urls: string[], { keys, webhookSecret }: Service) {
  const tally: Tally = { calls: 0, repeats: 0, unavailable: 0, unanswered: 0, faulty: [] };
  let current = 0;

  async function untilAnswered(request: Request): Promise<Answer> {
    const deadline = Date.now() + PATIENCE_MS;
    tally.calls += 1;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await once(urls[current % urls.length] as string, request);
      if (answer && answer.status !== 503) {
        if (answer.status >= 500) tally.faulty.push(tellOf(request, answer));
        return answer;
      }
      if (answer) tally.unavailable += 1;
      if (attempt === urls.length) tally.unanswered += 1;
      if (Date.now() > deadline) throw new Error(`${request.method} ${request.path} is not answered`);
      current += 1;
      tally.repeats += 1;
      await sleep(REPEAT_AFTER_MS);
    }
  }

  const withKey = (key: keyof DemoKeys) => ({ 'X-API-Key': keys[key], 'Content-Type': 'application/json' });
  const post = (
    path: string,
    body: object | undefined,
    key: keyof DemoKeys = 'ota',
    idempotencyKey: string = randomUUID(),
  ): Request => ({
    method: 'POST',
    path,
    headers: { ...withKey(key), 'Idempotency-Key': idempotencyKey },
    ...(body && { body: JSON.stringify(body) }),
  });

  return {
    tally,
    untilAnswered,
    post: (path: string, body?: object, key?: keyof DemoKeys) => untilAnswered(post(path, body, key)),
    get: (path: string, key: keyof DemoKeys = 'ota') =>
      untilAnswered({ method: 'GET', path, headers: withKey(key) }),
    delete: (path: string, key: keyof DemoKeys = 'ota') =>
      untilAnswered({ method: 'DELETE', path, headers: withKey(key) }),
    /** The same notification is repeated with the same webhook-id and signature. */
    notify: (orderId: string, reference: string) =>
      untilAnswered(notification(webhookSecret, orderId, reference)),
    /** One attempt; undefined where there is no answer. */
    tryOnce: (path: string, body: object, key?: keyof DemoKeys, idempotencyKey?: string) =>
      once(urls[0] as string, post(path, body, key, idempotencyKey)),
  };
}

async function once(url: string, request: Request): Promise<Answer | undefined> {
  try {
    const response = await fetch(url + request.path, {
      method: request.method,
      headers: request.headers,
      ...(request.body !== undefined && { body: request.body }),
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}

function notification(secret: string, orderId: string, reference: string): Request {
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
      'webhook-signature': signWebhook(secret, id, timestamp, body),
    },
    body,
  };
}

const tellOf = ({ method, path }: Request, { status, body }: Answer) =>
  `${method} ${path}: ${status} ${JSON.stringify(body)}`;
