import { type Answered, ask } from '../ask.ts';

export type Session = {
  partner_id: string;
  name: string;
  label: string | null;
  key_prefix: string;
  expires_at: string | null;
};
export type Money = { amount: number; currency: string; currency_precision: number };
export type Pool = { channel: string; allocated: number; reserved: number; sold: number; available: number };
export type Product = { product_id: number; title: string; pools: Pool[] };
export type SalesHour = { from: string; orders: number; units: number; amounts: Money[] };
export type ExpiringHold = {
  reservation_id: string;
  partner_id: string;
  channel: string;
  external_reference: string | null;
  units: number;
  expires_at: string;
};
export type CaseKind =
  | 'payment_in_review'
  | 'refund_due'
  | 'order_unissued'
  | 'late_payment_undecided'
  | 'webhook_failing'
  | 'command_undelivered';
export type Case = {
  kind: CaseKind;
  id: string;
  order_id: string | null;
  reservation_id: string | null;
  partner_id: string | null;
  amount: Money | null;
  since: string;
  detail: string | null;
};
export type Cases = {
  payments_in_review: number;
  refunds_due: number;
  orders_unissued: number;
  late_payments_undecided: number;
  webhooks_failing: number;
  commands_undelivered: number;
  items: Case[];
};
export type Overview = {
  as_of: string;
  products: Product[];
  sales: SalesHour[];
  expiring: ExpiringHold[];
  cases: Cases;
  workers_live: number;
  temporal: { ui_url: string | null; namespace: string };
};
export type Trail = {
  reservation: {
    reservation_id: string;
    partner_id: string;
    channel: string;
    external_reference: string | null;
    status: string;
    units: number;
    created_at: string;
    expires_at: string;
    ended_at: string | null;
  };
  run: { workflow_id: string; url: string | null };
  orders: TrailOrder[];
};
export type TrailOrder = {
  order_id: string;
  reference: string | null;
  status: string;
  quantity: number;
  total: Money;
  created_at: string;
  payments: {
    payment_id: string;
    payment_reference: string;
    verdict: string;
    reason: string | null;
    paid: Money;
    received_at: string;
  }[];
  refunds: { refund_id: string; status: string; amount: Money; reason: string; created_at: string }[];
  tickets: { count: number; items: { ticket_code: string; status: string }[] };
  scans: {
    ticket_code: string;
    function_code: string;
    quantity: number;
    venue_code: string | null;
    redeemed_at: string;
  }[];
};
export type SearchMatch = { kind: string; trail: Trail };

export const OVERVIEW_EVENTS = '/api/admin/overview/events';
/** A question that is typed and read does not wait for long. */
const SEARCH_PATIENCE_MS = 10_000;

export const openSession = (key: string) =>
  ask<Session>('POST', '/api/admin/session', { headers: { 'X-API-Key': key } });
export const getSession = () => ask<Session>('GET', '/api/admin/session');
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
export const extendHold = (id: string, hours: number) =>
  action(`/api/admin/reservations/${encodeURIComponent(id)}/extend`, { hours });
export const acceptPayment = (id: string) => action(`/api/admin/payments/${encodeURIComponent(id)}/accept`);
export const refundPayment = (id: string, reason: string) =>
  action(`/api/admin/payments/${encodeURIComponent(id)}/refund`, { reason });
export const settleRefund = (id: string) => action(`/api/admin/refunds/${encodeURIComponent(id)}/settle`);
export const moveAllocation = (move: { product_id: number; from: string; to: string; units: number }) =>
  action('/api/admin/channels/move', move);
