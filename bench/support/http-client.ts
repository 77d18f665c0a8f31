import { Pool } from 'undici';
import type { Request } from '../../test/faults/support/requests.ts';

export type Answer = { status: number; text: string };
export type HttpClient = ReturnType<typeof openHttpClient>;

/** Longer than any answer may take; one that never comes must not hold up the run. */
const PATIENCE_MS = 15_000;
const SHOWN_OF_A_BODY = 300;

/** Keep-alive connections to one server, a request at a time on each. */
export function openHttpClient(url: string, connections: number) {
  const pool = new Pool(url, {
    connections,
    pipelining: 1,
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
  });
  const send = async ({ method, path, headers, body }: Request): Promise<Answer> => {
    const answer = await pool.request({ method, path, headers, body: body ?? null });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  return {
    send,
    /** Sends a request that only these statuses answer well. */
    async ask(request: Request, ...statuses: number[]): Promise<string> {
      const { status, text } = await send(request);
      if (statuses.includes(status)) return text;
      const told = text.slice(0, SHOWN_OF_A_BODY);
      throw new Error(`${request.method} ${request.path} answered ${status}: ${told}`);
    },
    close: () => pool.close(),
  };
}

/** A client that notes how long each answer took that was a good one. */
export function timed(http: HttpClient, durationsMs: number[]): HttpClient {
  return {
    ...http,
    async ask(request, ...statuses) {
      const startedAt = performance.now();
      const text = await http.ask(request, ...statuses);
      durationsMs.push(performance.now() - startedAt);
      return text;
    },
  };
}
