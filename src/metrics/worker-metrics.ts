import { Registry } from 'prom-client';
import { createCommandMeter } from './command-meter.ts';
import { createPoolMeter } from './pool-meter.ts';
import { createScrape } from './scrape.ts';
import { createWorkMeters } from './work-meters.ts';

/** What a worker counts, and what it tells of that. */
export function createWorkerMetrics(databaseUrl: string) {
  const registry = new Registry();
  return {
    ...createWorkMeters(registry),
    countCommand: createCommandMeter(registry, 'relay'),
    watchPool: createPoolMeter(registry),
    scrape: createScrape(registry, databaseUrl),
  };
}
