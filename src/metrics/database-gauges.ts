import { Gauge, Registry } from 'prom-client';
import type { Figures } from '../db/queries/read-figures.ts';

type Count = Exclude<keyof Figures, 'pools'>;

/** Each figure that the database tells, as Prometheus names it. */
const counts: Record<Count, { name: string; help: string }> = {
  holds_open: { name: 'allotment_holds_open', help: 'Holds that have not ended.' },
  holds_expiring: {
    name: 'allotment_holds_expiring_within_hour',
    help: 'Holds whose deadline comes within the hour.',
  },
  holds_overdue: {
    name: 'allotment_holds_overdue',
    help: 'Holds that should have ended more than a minute ago.',
  },
  orders_unissued: {
    name: 'allotment_orders_unissued',
    help: 'Orders that are paid and have no tickets yet.',
  },
  oldest_unissued_seconds: {
    name: 'allotment_oldest_unissued_order_seconds',
    help: 'How long the oldest of them has been paid.',
  },
  late_undecided: {
    name: 'allotment_late_payments_undecided',
    help: 'Payments that came after their hold had ended, and are neither tickets nor refunds yet.',
  },
  payments_in_review: {
    name: 'allotment_payments_in_review',
    help: 'Payments that wait for a decision of an operator.',
  },
  refunds_due: { name: 'allotment_refunds_due', help: 'Refunds that are recorded and not settled.' },
  commands_undelivered: {
    name: 'allotment_commands_undelivered',
    help: 'Workflow commands that Temporal has not taken yet.',
  },
  oldest_command_seconds: {
    name: 'allotment_oldest_undelivered_command_seconds',
    help: 'How long the oldest of them has waited.',
  },
  webhooks_pending: {
    name: 'allotment_webhooks_pending',
    help: 'Webhooks that are not delivered and not given up.',
  },
  webhooks_retrying: {
    name: 'allotment_webhooks_retrying',
    help: 'Those of them that have failed at least once.',
  },
  oldest_webhook_seconds: {
    name: 'allotment_oldest_pending_webhook_seconds',
    help: 'How long ago the event of the oldest of them happened.',
  },
  workers_live: {
    name: 'allotment_workers_live',
    help: 'Workers that have shown themselves within the last 15 seconds.',
  },
};

/** Gauges over one look into the database, in a registry of their own: without a look there is nothing to show. */
export function createDatabaseGauges(): { registry: Registry; show: (figures: Figures) => void } {
  const registry = new Registry();
  const registers = [registry];
  const ofPool = (name: string, help: string) =>
    new Gauge({
      name: `allotment_pool_${name}_units`,
      help: `Units of a channel's pool of a product: ${help}.`,
      labelNames: ['product', 'channel'],
      registers,
    });
  const allocated = ofPool('allocated', 'all of them');
  const reserved = ofPool('reserved', 'held, or ordered and not sold yet');
  const sold = ofPool('sold', 'sold');
  const available = ofPool('available', 'free to be held');
  const gauges = Object.entries(counts).map(
    ([figure, config]) => [figure as Count, new Gauge({ ...config, registers })] as const,
  );

  const show = ({ pools, ...figures }: Figures) => {
    for (const gauge of [allocated, reserved, sold, available]) gauge.reset();
    for (const { product, channel, ...units } of pools) {
      allocated.set({ product, channel }, units.allocated);
      reserved.set({ product, channel }, units.reserved);
      sold.set({ product, channel }, units.sold);
      available.set({ product, channel }, units.allocated - units.reserved - units.sold);
    }
    for (const [figure, gauge] of gauges) gauge.set(figures[figure]);
  };
  return { registry, show };
}
