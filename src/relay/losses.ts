import type { EntityManager } from '../db/open.ts';
import { findEndpoints, findOrderStates } from '../db/queries/rows-of-runs.ts';
import type { TellingRun } from './reconcile-runs.ts';
import type { OrderFate } from './told-by-history.ts';

/** Something that was accepted and that the database does not know, as far as a run tells of it. */
export type Loss =
  | (FromRun & {
      kind: 'reservation';
      reservation_id: string;
      /** As its run saw it last; null where the run had not looked yet. */
      status: string | null;
      units: { held: number; sold: number; released: number } | null;
      expires_at: string | null;
    })
  | (FromRun & {
      kind: 'order';
      order_id: string;
      reservation_id: string | null;
      payment_id: string | null;
      /** What the run did with it; every one of them had been paid. */
      fate: OrderFate;
      /** As the database has it; null where it has no such order. */
      status_now: string | null;
    })
  | (FromRun & {
      kind: 'late_payment';
      payment_id: string;
      /** Null where the run was begun without it. */
      order_id: string | null;
      fate: 'undecided' | 'units_taken' | 'refund_due';
      /** As for an order. */
      status_now: string | null;
    })
  | (FromRun & {
      kind: 'event';
      delivery_id: string;
      endpoint_id: string | null;
      /** Registered after the backup, so that its partner has to register it again. */
      endpoint_is_lost: boolean;
      /** Whether the endpoint took it. */
      delivered: boolean;
    });

type FromRun = {
  workflow_id: string;
  partner: string | null;
  channel: string | null;
  product_ids: string[];
  started_at: string;
  summary: string | null;
};

/** What runs tell of and the database does not know: sorted by when it was begun, each thing once. */
export async function findLosses(em: EntityManager, runs: TellingRun[]): Promise<Loss[]> {
  const byTime = runs.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  const orderIds = byTime.flatMap((run) => [...run.told.orders.keys(), ...idsIn(run, 'order')]);
  const states = await findOrderStates(em, orderIds);
  const endpoints = await findEndpoints(
    em,
    byTime.flatMap((run) => idsIn(run, 'endpoint')),
  );
  const losses = new Map<string, Loss>();
  for (const run of byTime) {
    const found = [...lostOrders(run, states), ...(run.rowIsKnown ? [] : lostRow(run, states, endpoints))];
    for (const loss of found) {
      const earlier = losses.get(subjectOf(loss));
      if (loss.kind === 'event' && earlier?.kind === 'event') loss.delivered ||= earlier.delivered;
      // A later run of the same id has seen the later state.
      losses.set(subjectOf(loss), loss);
    }
  }
  return [...losses.values()];
}

const subjectOf = (loss: Loss): string =>
  loss.kind === 'order' ? `order:${loss.order_id}` : loss.workflow_id;

const idOf = ({ workflowId }: TellingRun): string => workflowId.slice(workflowId.indexOf(':') + 1);

const fromRun = ({ workflowId, startedAt, told }: TellingRun): FromRun => ({
  workflow_id: workflowId,
  partner: told.partner,
  channel: told.channel,
  product_ids: told.productIds,
  started_at: startedAt.toISOString(),
  summary: told.summary,
});

/** A run names the orders that were paid: all of them that the database takes for unpaid, or not issued. */
function* lostOrders(run: TellingRun, states: Map<string, string>): Generator<Loss> {
  const isReservation = run.workflowType === 'reservationWorkflow';
  for (const [order_id, fate] of run.told.orders) {
    const status = states.get(order_id) ?? null;
    const isAsTold = status !== null && agreeing[fate].has(status);
    if (isAsTold) continue;
    yield {
      kind: 'order',
      ...fromRun(run),
      order_id,
      reservation_id: isReservation ? idOf(run) : null,
      payment_id: isReservation ? null : idOf(run),
      fate,
      status_now: status,
    };
  }
}

/** States in which nothing of what the run did is missing: a paid order is carried through by its new run. */
const agreeing: Record<OrderFate, Set<string>> = {
  paid: new Set(['paid', 'fulfilled', 'refund_due', 'cancelled']),
  issued: new Set(['fulfilled', 'cancelled']),
  refused: new Set(['paid', 'refund_due']),
  settled: new Set(['fulfilled', 'refund_due', 'cancelled']),
};

function lostRow(
  run: TellingRun,
  states: Map<string, string>,
  endpoints: Map<string, 'kept' | 'deleted'>,
): Loss[] {
  const { workflowType, told } = run;
  if (workflowType === 'latePaymentWorkflow') {
    const order_id = idsIn(run, 'order')[0] ?? [...told.orders.keys()][0] ?? null;
    const fate = told.lateMoney ?? 'undecided';
    const status_now = states.get(order_id ?? '') ?? null;
    return [{ kind: 'late_payment', ...fromRun(run), payment_id: idOf(run), order_id, fate, status_now }];
  }
  if (workflowType === 'webhookDeliveryWorkflow') {
    const endpoint_id = idsIn(run, 'endpoint')[0] ?? null;
    const endpoint = endpoints.get(endpoint_id ?? '');
    // Deliveries of a deleted endpoint go with it, and are no loss; so do old ones, by their age.
    if (endpoint === 'deleted' || isPruned(run)) return [];
    const { delivered } = told;
    return [
      {
        kind: 'event',
        ...fromRun(run),
        delivery_id: idOf(run),
        endpoint_id,
        endpoint_is_lost: endpoint_id !== null && endpoint === undefined,
        delivered,
      },
    ];
  }
  const neverWas = told.looked && !told.work;
  if (neverWas) return [];
  return [
    {
      kind: 'reservation',
      ...fromRun(run),
      reservation_id: idOf(run),
      status: told.work?.status ?? null,
      units: told.work?.units ?? null,
      expires_at: told.work?.expires_at ?? told.holdExpiresAt,
    },
  ];
}

/** The order or endpoint that a run of late money or of a webhook names in its details. */
function idsIn({ told }: TellingRun, what: 'order' | 'endpoint'): string[] {
  const named = new RegExp(`${what} \`([\\da-f-]{36})\``).exec(told.details ?? '')?.[1];
  return named === undefined ? [] : [named];
}

/** Less than the 30 days after which deliveries that ended are deleted. */
const KEPT_DAYS = 29;
const isPruned = ({ startedAt }: TellingRun): boolean =>
  Date.now() - startedAt.getTime() > KEPT_DAYS * 24 * 60 * 60 * 1000;
