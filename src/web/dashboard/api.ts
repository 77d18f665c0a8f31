import type { Overview, Trail } from '../../contract/dashboard.ts';
import type { OperatorSession } from '../../contract/operator-session.ts';
import { type Answered, ask } from '../ask.ts';

export type { OperatorSession, Overview, Trail };
export type Product = Overview['products'][number];
export type Pool = Product['pools'][number];
export type SalesHour = Overview['sales'][number];
export type Money = SalesHour['amounts'][number];
export type ExpiringHold = Overview['expiring'][number];
export type Cases = Overview['cases'];
export type Case = Cases['items'][number];
export type TrailOrder = Trail['orders'][number];
export type SearchMatch = { kind: string; trail: Trail };

export const OVERVIEW_EVENTS = '/api/admin/overview/events';
/** A question that is typed and read does not wait for long. */
const SEARCH_PATIENCE_MS = 10_000;

export const openSession = (key: string) =>
  ask<OperatorSession>('POST', '/api/admin/session', { headers: { 'X-API-Key': key } });
export const getSession = () => ask<OperatorSession>('GET', '/api/admin/session');
export const endSession = () => ask<{ ended: true }>('DELETE', '/api/admin/session');
export const getOverview = () => ask<Overview>('GET', '/api/admin/overview');
export const search = (sought: string) =>
  ask<{ matches: SearchMatch[] }>('GET', `/api/admin/search?q=${encodeURIComponent(sought)}`, {
    patienceMs: SEARCH_PATIENCE_MS,
  });

/** An action, sent with the key of its intent: however often it is sent, it is done once. */
export type Action = (idempotencyKey: string) => Promise<Answered<unknown>>;

const action =
  (path: string, body?: unknown): Action =>
  (idempotencyKey) =>
    ask('POST', path, { body, headers: { 'Idempotency-Key': idempotencyKey } });

export const releaseHold = (id: string) =>
  action(`/api/admin/reservations/${encodeURIComponent(id)}/release`);
export const extendHold = (id: string, hours: number, expiresAt: string) =>
  action(`/api/admin/reservations/${encodeURIComponent(id)}/extend`, { hours, expires_at: expiresAt });
export const acceptPayment = (id: string) => action(`/api/admin/payments/${encodeURIComponent(id)}/accept`);
export const refundPayment = (id: string, reason: string) =>
  action(`/api/admin/payments/${encodeURIComponent(id)}/refund`, { reason });
export const settleRefund = (id: string) => action(`/api/admin/refunds/${encodeURIComponent(id)}/settle`);
export const moveAllocation = (move: { product_id: number; from: string; to: string; units: number }) =>
  action('/api/admin/channels/move', move);
