/** How long the operations of a measurement took, in milliseconds. */
export type Latencies = { p50Ms: number; p95Ms: number; p99Ms: number; maxMs: number };

/** Exact percentiles, by nearest rank: each is a duration that was measured. NaN where there is none. */
export function latenciesOf(durationsMs: number[]): Latencies {
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
