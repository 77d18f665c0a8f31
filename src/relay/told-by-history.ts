import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import type { OpenWork, Fulfilled, StepOutcome } from '../domain/fulfilment.ts';

/**
 * What became of a paid order within a run: paid and no more, its tickets issued, refused for good, or one of
 * the two. Which one is not in the history where a workflow task was lost after its local activities had run.
 */
export type OrderFate = 'paid' | 'issued' | 'refused' | 'settled';

/** What a run's history tells of rows that may be gone. Ids and numbers: no personal data is in it. */
export type ToldByHistory = {
  summary: string | null;
  details: string | null;
  partner: string | null;
  channel: string | null;
  productIds: string[];
  holdExpiresAt: string | null;
  /** Whether the run has looked for its reservation at all. */
  looked: boolean;
  /** The reservation as the run saw it last; undefined where it never saw one. */
  work: OpenWork | undefined;
  orders: Map<string, OrderFate>;
  /** What was decided of late money; undefined where nothing was yet. */
  lateMoney: 'units_taken' | 'refund_due' | undefined;
  /** Whether an endpoint took the event. */
  delivered: boolean;
};

/**
 * Reads a history as far as it tells of orders. A signal names the order that was paid. A step's result does not name its order, but a run takes
 * the paid orders of its last look one after the other, so the results are counted along with them.
 */
export function readHistory(history: History): ToldByHistory {
  const told: ToldByHistory = {
    summary: null,
    details: null,
    partner: null,
    channel: null,
    productIds: [],
    holdExpiresAt: null,
    looked: false,
    work: undefined,
    orders: new Map(),
    lateMoney: undefined,
    delivered: false,
  };
  let waiting: string[] = [];
  const settle = (fate: OrderFate) => {
    const orderId = waiting.shift();
    if (orderId !== undefined) told.orders.set(orderId, fate);
    if (fate === 'refused' && told.lateMoney) told.lateMoney = 'refund_due';
  };
  const isPaid = (orderIds: string[]) => {
    waiting = [...orderIds];
    for (const orderId of orderIds) if (!told.orders.has(orderId)) told.orders.set(orderId, 'paid');
  };
  const look = (work: OpenWork | null | undefined) => {
    told.looked = true;
    if (work) told.work = work;
    const isWaiting = new Set(work?.paid_orders);
    for (const [orderId, fate] of told.orders) {
      if (fate === 'paid' && !isWaiting.has(orderId)) told.orders.set(orderId, 'settled');
    }
    isPaid(work?.paid_orders ?? []);
  };
  for (const { step, result } of stepsOf(history, told)) {
    if (step === 'takeUnitsAgain') {
      const taken = typeof result === 'string';
      told.lateMoney = taken ? 'units_taken' : 'refund_due';
      if (taken) isPaid([result]);
    } else if (step === 'deliverWebhook') {
      told.delivered ||= result === 'delivered';
    } else if (looks.has(step)) {
      look(result as OpenWork | null | undefined);
    } else if (step === 'signal') {
      if (typeof result === 'string' && !told.orders.has(result)) told.orders.set(result, 'paid');
    } else if (step === 'confirmOrder') {
      if ((result as StepOutcome).outcome === 'refused') settle('refused');
    } else if (step === 'issueTickets' || step === 'fulfilOrder') {
      const { outcome, work } = result as Fulfilled;
      settle(outcome === 'done' ? 'issued' : 'refused');
      if (work) look(work);
    }
  }
  return told;
}

const looks = new Set(['holdInventory', 'loadOpenWork', 'expireReservation']);

/** Signals and activities that succeeded, local and regular, in their order; what the start tells goes to `told`. */
function* stepsOf(history: History, told: ToldByHistory): Generator<{ step: string; result: unknown }> {
  const scheduled = new Map<string, string>();
  for (const event of history.events ?? []) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) {
      told.summary = text(event.userMetadata?.summary);
      told.details = text(event.userMetadata?.details);
      const { Partner, Channel, ProductIds, HoldExpiresAt } = started.searchAttributes?.indexedFields ?? {};
      told.partner = text(Partner);
      told.channel = text(Channel);
      told.productIds = (value(ProductIds) as string[] | undefined) ?? [];
      told.holdExpiresAt = text(HoldExpiresAt);
    }
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal) yield { step: 'signal', result: value(signal.input?.payloads?.[0]) };
    const { details } = event.markerRecordedEventAttributes ?? {};
    const result = details?.result?.payloads?.[0];
    if (result) {
      const step = value(details.data?.payloads?.[0]) as { activity_type: string } | undefined;
      if (step) yield { step: step.activity_type, result: value(result) };
    }
    const task = event.activityTaskScheduledEventAttributes;
    if (task) scheduled.set(String(event.eventId), task.activityType?.name ?? '');
    const done = event.activityTaskCompletedEventAttributes;
    if (done) {
      const step = scheduled.get(String(done.scheduledEventId)) ?? '';
      yield { step, result: value(done.result?.payloads?.[0]) };
    }
  }
}

const value = (payload: Payload | null | undefined): unknown =>
  payload ? defaultPayloadConverter.fromPayload(payload) : undefined;

const text = (payload: Payload | null | undefined): string | null =>
  (value(payload) as string | undefined) ?? null;
