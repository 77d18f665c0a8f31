import { Registry } from 'prom-client';
import { createCommandMeter } from './command-meter.ts';
import { createPoolMeter } from './pool-meter.ts';
import { createRequestMeter } from './request-meter.ts';
import { createScrape } from './scrape.ts';

/** What an API counts, of its operations among others, and what it tells of that. */
export function createApiMetrics(databaseUrl: string, operations: { operation: string; method: string }[]) {
  const registry = new Registry();
  return {
    countRequest: createRequestMeter(registry, operations),
    countCommand: createCommandMeter(registry, 'desk'),
    watchPool: createPoolMeter(registry),
    scrape: createScrape(registry, databaseUrl),
  };
}
export type ApiMetrics = ReturnType<typeof createApiMetrics>;
