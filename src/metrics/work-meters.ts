import { Counter, Histogram, type Registry } from 'prom-client';

/** From an order that `activate` waits for to one that has waited for Temporal's return. */
const ISSUE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 5, 15, 60, 300, 1_800, 7_200];
const attemptOutcomes = ['delivered', 'retry', 'failed'] as const;

/** Counts what a worker does for orders, webhooks and overdue rows. */
export function createWorkMeters(registry: Registry) {
  const registers = [registry];
  const issued = new Histogram({
    name: 'allotment_order_issue_duration_seconds',
    help: "Time from an order's accepted payment to its tickets.",
    buckets: ISSUE_BUCKETS,
    registers,
  });
  const attempts = new Counter({
    name: 'allotment_webhook_attempts_total',
    help: "Attempts to deliver webhooks, by outcome; 'failed' is given up.",
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of attemptOutcomes) attempts.inc({ outcome }, 0);
  const swept = new Counter({
    name: 'allotment_swept_runs_total',
    help: 'Runs that the sweep has commanded anew, since their rows were overdue by a minute.',
    registers,
  });
  const duties = new Counter({
    name: 'allotment_duties_total',
    help: "The relay's standing duties, by whether they were performed.",
    labelNames: ['duty', 'outcome'],
    registers,
  });
  return {
    noteIssued: (secondsAfterPayment: number) => issued.observe(secondsAfterPayment),
    countAttempt: (outcome: (typeof attemptOutcomes)[number]) => attempts.inc({ outcome }),
    countSwept: (runs: number) => swept.inc(runs),
    countDuty: (duty: string, outcome: 'performed' | 'failed') => duties.inc({ duty, outcome }),
  };
}
