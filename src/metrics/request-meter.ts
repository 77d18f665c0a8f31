import { Counter, Histogram, type Registry } from 'prom-client';

/** A request that was answered. Labels become series that are kept for good, so each has few values. */
export type Answered = {
  /** An operation of the contract, `docs` for a page, `none` where nothing is: never a path. */
  operation: string;
  method: string;
  status: number;
  seconds: number;
};

/** Up to the 2 seconds that callers are promised. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2];

/**
 * Counts requests, and how long their answers took to begin. Unexpected errors of the operations count from nought: the
 * first one would be no increase otherwise, and raise no alert.
 */
export function createRequestMeter(
  registry: Registry,
  operations: Pick<Answered, 'operation' | 'method'>[],
): (answered: Answered) => void {
  const requests = new Counter({
    name: 'allotment_http_requests_total',
    help: 'Requests, by operation of the contract, method and status.',
    labelNames: ['operation', 'method', 'status'],
    registers: [registry],
  });
  // Without the status: with it there would be some thousands of series.
  const durations = new Histogram({
    name: 'allotment_http_request_duration_seconds',
    help: 'Time from a request to the beginning of its answer.',
    labelNames: ['operation'],
    buckets: BUCKETS,
    registers: [registry],
  });
  for (const operation of operations) requests.inc({ ...operation, status: 500 }, 0);
  return ({ operation, method, status, seconds }) => {
    requests.inc({ operation, method, status });
    durations.observe({ operation }, seconds);
  };
}
