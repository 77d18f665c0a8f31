import { type Answered as AnsweredBy, ask, type Asking, type Problem as CommonProblem } from '../ask.ts';
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
export type Problem = CommonProblem & {
  remaining?: number;
  functions?: string[];
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

export type Answered<T> = AnsweredBy<T, Problem>;

/** A guest waits: after this, the phone decides by itself. */
const SCAN_PATIENCE_MS = 4_000;

export const openSession = (key: string) =>
  askToDecide<{ expires_at: string }>('POST', '/venue/session', { headers: { 'X-API-Key': key } });
export const endSession = () => askToDecide<{ ended: true }>('DELETE', '/venue/session');
export const getGate = () => askToDecide<GateFacts>('GET', '/venue/gate');
export const getKeys = () => askToDecide<{ keys: PublicKey[] }>('GET', '/.well-known/jwks.json');
export const getTicket = (code: string) =>
  askToDecide<{ qr_code: string }>('GET', `/tickets/${encodeURIComponent(code)}`, {
    patienceMs: SCAN_PATIENCE_MS,
  });
export const scan = (body: ScanBody) =>
  askToDecide<Redeemed>('POST', '/venue/scan', { body, patienceMs: SCAN_PATIENCE_MS });

export function listRevocations(since: string | undefined, cursor: string | null) {
  const query = new URLSearchParams({
    limit: '5000',
    ...(since !== undefined && { since }),
    ...(cursor !== null && { cursor }),
  });
  return askToDecide<{ items: string[]; next_cursor: string | null; as_of: string }>(
    'GET',
    `/venue/revocations?${query}`,
  );
}

/** A server that is too busy to decide counts as one that cannot be reached: the phone decides by itself. */
async function askToDecide<T>(method: string, path: string, asking?: Asking): Promise<Answered<T>> {
  const answered = await ask<T, Problem>(method, path, asking);
  const isBusy =
    answered.reached && !answered.ok && (answered.problem.status >= 500 || answered.problem.status === 429);
  return isBusy ? { reached: false } : answered;
}
