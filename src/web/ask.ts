/** A problem document (RFC 9457), with the members that every page looks at. */
export type Problem = {
  status: number;
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
};

/** What came of a request: the server has spoken, or it could not be reached. */
export type Answered<T, P = Problem> =
  | { reached: true; ok: true; body: T }
  | { reached: true; ok: false; problem: P }
  | { reached: false };

export type Asking = { body?: unknown; headers?: Record<string, string>; patienceMs?: number };

const USUAL_PATIENCE_MS = 15_000;

/** Asks the server that the page is from; what is no answer of its form counts as none. */
export async function ask<T, P = Problem>(
  method: string,
  path: string,
  { body, headers = {}, patienceMs = USUAL_PATIENCE_MS }: Asking = {},
): Promise<Answered<T, P>> {
  try {
    const response = await fetch(path, {
      method,
      cache: 'no-store',
      headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const form = response.ok ? 'application/json' : 'application/problem+json';
    const isOurs = response.headers.get('Content-Type')?.split(';')[0] === form;
    // A wireless network that asks for a log-in answers too, and so does a proxy that has no server behind it.
    if (!isOurs) return { reached: false };
    const answer: unknown = await response.json();
    if (response.ok) return { reached: true, ok: true, body: answer as T };
    return { reached: true, ok: false, problem: answer as P };
  } catch {
    return { reached: false };
  }
}
