import type { PublicKey } from './read-token.ts';

/** What a scan may name, as `GET /venue/gate` tells it. */
export type GateFacts = {
  name: string;
  venue_code: string | null;
  venues: { venue_code: string; name: string }[];
  functions: { function_code: string; label: string }[];
  as_of: string;
};
export type LastRedemption = {
  function_code: string;
  quantity: number;
  venue_code: string | null;
  venue_name: string | null;
  redeemed_at: string;
};
export type Entitlement = { function_code: string; label: string; total: number; remaining: number };
export type Redeemed = {
  ticket_code: string;
  function_code: string;
  remaining: number;
  entitlements: Entitlement[];
};
/** A problem document, with the members that a gate looks at. */
export type Problem = {
  status: number;
  code: string;
  detail: string;
  remaining?: number;
  functions?: string[];
  errors?: { path: string; message: string }[];
  last_redemption?: LastRedemption | null;
};
export type ScanBody = {
  qr: string;
  function_code: string;
  quantity: number;
  scan_id: string;
  venue_code?: string;
  scanned_at?: string;
};

/** Either the server has spoken, or it could not be reached, which includes one that cannot decide now. */
export type Spoken<T> = { reached: true; ok: true; body: T } | { reached: true; ok: false; problem: Problem };
export type Answered<T> = Spoken<T> | { reached: false };

/** A guest waits: after this, the phone decides by itself. */
const SCAN_PATIENCE_MS = 4_000;
const USUAL_PATIENCE_MS = 15_000;

export const openSession = (key: string) =>
  ask<{ expires_at: string }>('POST', '/venue/session', { headers: { 'X-API-Key': key } });
export const endSession = () => ask<{ ended: true }>('DELETE', '/venue/session');
export const getGate = () => ask<GateFacts>('GET', '/venue/gate');
export const getKeys = () => ask<{ keys: PublicKey[] }>('GET', '/.well-known/jwks.json');
export const getTicket = (code: string) =>
  ask<{ qr_code: string }>('GET', `/tickets/${encodeURIComponent(code)}`, { patienceMs: SCAN_PATIENCE_MS });
export const scan = (body: ScanBody) =>
  ask<Redeemed>('POST', '/venue/scan', { body, patienceMs: SCAN_PATIENCE_MS });

export function listRevocations(since: string | undefined, cursor: string | null) {
  const query = new URLSearchParams({
    limit: '5000',
    ...(since !== undefined && { since }),
    ...(cursor !== null && { cursor }),
  });
  return ask<{ items: string[]; next_cursor: string | null; as_of: string }>(
    'GET',
    `/venue/revocations?${query}`,
  );
}

async function ask<T>(
  method: string,
  path: string,
  {
    body,
    headers = {},
    patienceMs = USUAL_PATIENCE_MS,
  }: {
    body?: unknown;
    headers?: Record<string, string>;
    patienceMs?: number;
  } = {},
): Promise<Answered<T>> {
  try {
    const response = await fetch(path, {
      method,
      cache: 'no-store',
      headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const isBusy = response.status >= 500 || response.status === 429;
    const form = response.ok ? 'application/json' : 'application/problem+json';
    const isOurs = response.headers.get('Content-Type')?.split(';')[0] === form;
    // A wireless network that asks for a log-in answers too, and so does a proxy that has no server behind it.
    if (isBusy || !isOurs) return { reached: false };
    const answer: unknown = await response.json();
    if (response.ok) return { reached: true, ok: true, body: answer as T };
    return { reached: true, ok: false, problem: answer as Problem };
  } catch {
    return { reached: false };
  }
}
