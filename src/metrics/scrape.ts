import { Pool } from 'pg';
import { Gauge, Registry } from 'prom-client';
import { figuresPatience } from '../db/patience.ts';
import { readFigures } from '../db/queries/read-figures.ts';
import { createDatabaseGauges } from './database-gauges.ts';
import { keptFor } from './kept-for.ts';
import { processMetrics } from './process-metrics.ts';

/** Whoever scrapes more often than that gets the same text: however many do, the database is asked once. */
const KEPT_MS = 3_000;
/** Longer than between two scrapes, so that the connection is kept. */
const IDLE_MS = 120_000;

/** All that a process tells Prometheus: `registry` holds what its own meters count. */
export type Scrape = {
  contentType: string;
  /** Never fails: while PostgreSQL is away it says so, and tells the rest. */
  read: () => Promise<string>;
  close: () => Promise<void>;
};

export function createScrape(registry: Registry, databaseUrl: string): Scrape {
  // A connection of its own: a scrape neither takes one from a sale nor waits for one in a burst.
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 1,
    idleTimeoutMillis: IDLE_MS,
    application_name: 'allotment-metrics',
    ...figuresPatience,
  });
  pool.on('error', () => {}); // The next scrape tells.
  const databaseUp = new Gauge({
    name: 'allotment_database_up',
    help: 'Whether PostgreSQL has answered this scrape in time.',
    registers: [registry],
  });
  const database = createDatabaseGauges();

  const read = async () => {
    const figures = await readFigures(pool).catch(() => undefined);
    databaseUp.set(figures ? 1 : 0);
    if (figures) database.show(figures);
    const registries = [processMetrics(), registry, ...(figures ? [database.registry] : [])];
    return (await Promise.all(registries.map((one) => one.metrics()))).join('\n');
  };
  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    read: keptFor(KEPT_MS, read),
    close: () => pool.end(),
  };
}
