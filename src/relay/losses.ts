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
  | (FromRun & { kind: 'late_payment'; payment_id: string })
  | (FromRun & { kind: 'event'; delivery_id: string });

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
  const orderIds = byTime.flatMap(({ told }) => [...told.orders.keys()]);
  const states = await findOrderStates(em, orderIds);
  const endpoints = await findEndpoints(em, byTime.flatMap(endpointOf));
  const losses = new Map<string, Loss>();
  for (const run of byTime) {
    const found = [...lostOrders(run, states), ...(run.rowIsKnown ? [] : lostRow(run, endpoints))];
    // A later run of the same id has seen the later state.
    for (const loss of found) losses.set(subjectOf(loss), loss);
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

function lostRow(run: TellingRun, endpoints: Set<string>): Loss[] {
  const { workflowType, told } = run;
  if (workflowType === 'latePaymentWorkflow') {
    return [{ kind: 'late_payment', ...fromRun(run), payment_id: idOf(run) }];
  }
  if (workflowType === 'webhookDeliveryWorkflow') {
    // Deliveries of a deleted endpoint go with it, and are no loss; so do old ones, by their age.
    const isKept = endpointOf(run).some((id) => endpoints.has(id)) && !isPruned(run);
    return isKept ? [{ kind: 'event', ...fromRun(run), delivery_id: idOf(run) }] : [];
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

/** The endpoint that a webhook's run names in its details. */
function endpointOf({ workflowType, told }: TellingRun): string[] {
  if (workflowType !== 'webhookDeliveryWorkflow') return [];
  const named = /endpoint `([\da-f-]{36})`/.exec(told.details ?? '')?.[1];
  return named === undefined ? [] : [named];
}

/** Less than the 30 days after which deliveries that ended are deleted. */
const KEPT_DAYS = 29;
const isPruned = ({ startedAt }: TellingRun): boolean =>
  Date.now() - startedAt.getTime() > KEPT_DAYS * 24 * 60 * 60 * 1000;
