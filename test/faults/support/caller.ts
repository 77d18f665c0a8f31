import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoKeys } from '../../../src/dev/demo-partners.ts';
import { type Request, requestsOf } from './requests.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- an answer's body has whatever shape the test expects of it
export type Answer = { status: number; retryAfter: string | null; body: any };

/** How a client's calls went. */
export type Tally = {
  calls: number;
  repeats: number;
  /** Attempts that 503 answered. */
  unavailable: number;
  /** Those of them that did not say when to try again. */
  withoutRetryAfter: number;
  /** Attempts without any answer. */
  silent: number;
  /** The longest that an attempt has waited for its answer. */
  slowestMs: number;
  /** Calls that no address answered in the first round. */
  unanswered: number;
  /** Answers of the 500s other than 503, in full. */
  faulty: string[];
};

export type Caller = ReturnType<typeof openCaller>;

const ATTEMPT_MS = 5_000;
const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * A client as integrators are told to write it: each call is repeated, the same to the byte, until it is
 * answered. No answer, and 503, mean "again"; another address is tried at once, where there is one.
 */
export function openCaller(urls: string[], service: { keys: DemoKeys; webhookSecret: string }) {
  const tally: Tally = {
    calls: 0,
    repeats: 0,
    unavailable: 0,
    withoutRetryAfter: 0,
    silent: 0,
    slowestMs: 0,
    unanswered: 0,
    faulty: [],
  };
  const requests = requestsOf(service);
  let preferred = 0;

  async function untilAnswered(request: Request): Promise<Answer> {
    const deadline = Date.now() + PATIENCE_MS;
    tally.calls += 1;
    const first = preferred;
    for (let attempt = 0; ; attempt += 1) {
      const address = (first + attempt) % urls.length;
      if (attempt === urls.length) tally.unanswered += 1;
      if (attempt > 0) tally.repeats += 1;
      const askedAt = performance.now();
      const answer = await once(urls[address] as string, request);
      tally.slowestMs = Math.max(tally.slowestMs, Math.round(performance.now() - askedAt));
      if (answer && answer.status !== 503) {
        preferred = address;
        if (answer.status >= 500) tally.faulty.push(tellOf(request, answer));
        return answer;
      }
      if (answer) tally.unavailable += 1;
      else tally.silent += 1;
      if (answer?.retryAfter === null) tally.withoutRetryAfter += 1;
      if (Date.now() > deadline) throw new Error(`${request.method} ${request.path} is not answered`);
      const rounds = (attempt + 1) / urls.length;
      if (Number.isInteger(rounds))
        await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (rounds - 1), LONGEST_PAUSE_MS));
    }
  }

  return {
    tally,
    get: (path: string) => untilAnswered(requests.get(path)),
    delete: (path: string) => untilAnswered(requests.delete(path)),
    post: (path: string, body?: object, key?: keyof DemoKeys) =>
      untilAnswered(requests.post(path, body, key && { key })),
    notify: (orderId: string, reference: string) => untilAnswered(requests.notification(orderId, reference)),
    /** One attempt; undefined where there is no answer. */
    once: (request: Request) => once(urls[0] as string, request),
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
    const { status, headers } = response;
    return { status, retryAfter: headers.get('Retry-After'), body: await response.json() };
  } catch {
    return undefined;
  }
}

const tellOf = ({ method, path }: Request, { status, body }: Answer) =>
  `${method} ${path}: ${status} ${JSON.stringify(body)}`;
