import { randomUUID } from 'node:crypto';

/** The members of a problem document that people read. */
type Problem = { title: string; detail: string; code: string; request_id: string };

/** Ends the demo with a line for people, and what they can do. */
export class DemoFailure extends Error {
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}

export type Client = ReturnType<typeof openClient>;
type Answer = { ok: boolean; status: number; body: unknown };

const PATIENCE_MS = 5_000;
const JSON_BODY = { 'Content-Type': 'application/json' };

const advice: Record<string, string> = {
  ALLOTMENT_EXHAUSTED:
    'What the demo sells stays sold. To start over, stop the stack and delete its data folder (.allotment).',
  API_KEY_INVALID: 'Start the stack anew: it makes its demo keys again.',
};

/** Calls the public API as the holder of a key, or of none, and shows each call on the screen. */
export function openClient(
  apiUrl: string,
  screen: { call(method: string, path: string, status: number, ms: number): void },
  apiKey?: string,
) {
  const key: Record<string, string> = apiKey === undefined ? {} : { 'X-API-Key': apiKey };

  return {
    get: <T>(path: string) => accepted<T>(call('GET', path)),
    /** For asking again and again. */
    getQuietly: <T>(path: string) => accepted<T>(send('GET', path, {})),
    delete: <T>(path: string) => accepted<T>(call('DELETE', path)),
    post: <T>(path: string, body: object) => accepted<T>(call('POST', path, inJson(body))),
    postText: (path: string, body: string, headers: Record<string, string>) =>
      accepted<unknown>(call('POST', path, { body, headers: { ...JSON_BODY, ...headers } })),

    /** A call that must be refused with this code; returns the refusal. */
    async postRefused(path: string, body: object, code: string): Promise<Problem> {
      const answer = await call('POST', path, inJson(body));
      if (answer.ok) throw new DemoFailure(`POST ${path} was accepted, but ought to be refused: ${code}.`);
      const problem = answer.body as Problem;
      if (problem.code !== code) throw failureOf(problem);
      return problem;
    },
  };

  async function call(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const startedAt = performance.now();
    const answer = await send(method, path, init);
    screen.call(method, path, answer.status, performance.now() - startedAt);
    return answer;
  }

  async function send(method: string, path: string, init: RequestInit): Promise<Answer> {
    try {
      const response = await fetch(apiUrl + path, {
        ...init,
        method,
        headers: { ...key, ...(init.headers as Record<string, string> | undefined) },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return { ok: response.ok, status: response.status, body: await response.json() };
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error && cause.message ? cause.message : message;
      throw new DemoFailure(`${method} ${path} got no answer: ${reason}.`, 'Does `npm start` still run?');
    }
  }
}

/** With a key of its own, so that the call could be repeated without a second effect. */
const inJson = (body: object): RequestInit => ({
  body: JSON.stringify(body),
  headers: { ...JSON_BODY, 'Idempotency-Key': randomUUID() },
});

async function accepted<T>(answering: Promise<Answer>): Promise<T> {
  const { ok, body } = await answering;
  if (ok) return body as T;
  throw failureOf(body as Problem);
}

function failureOf({ title, detail, code, request_id }: Problem): DemoFailure {
  return new DemoFailure(`${title}. ${detail} (${code}, request ${request_id})`, advice[code]);
}
