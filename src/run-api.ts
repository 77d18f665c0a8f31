import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config.ts';
import { operations } from './contract/operations.ts';
import { openDatabase } from './db/open.ts';
import { callerPatience, reportPatience } from './db/patience.ts';
import { OrderWatch } from './db/order-watch.ts';
import { createApp } from './http/app.ts';
import { OverviewReader } from './http/overview.ts';
import { OverviewFeed } from './http/overview-feed.ts';
import { RateLimits } from './http/rate-limit.ts';
import type { Log } from './log.ts';
import { createApiMetrics } from './metrics/api-metrics.ts';
import { startWatchServer } from './metrics/watch-server.ts';
import { CommandDesk } from './relay/command-desk.ts';
import { lazyTemporalClient } from './temporal.ts';
import { TicketPrinter } from './tickets/ticket-printer.ts';
import type { Tracing } from './tracing/start-tracing.ts';

/** Reports at once; further ones wait for a moment, and are then told to try again. */
const REPORT_CONNECTIONS = 2;

const now = () => new Date();

/** How long a request may take to arrive; whoever sends it drop by drop is cut off. Looked at every second. */
const slowCallers = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1_000 };

/**
 * Starts an API: the one bootstrap of the API process and of tests. `close` lets load balancers see that it
 * is not ready any more and serves on for the seconds that they need, then takes no new request, answers what
 * has been asked, and returns when all is closed.
 */
export async function runApi(
  config: Config,
  log: Log,
  tracing?: Tracing,
): Promise<{ port: number; close: () => Promise<void> }> {
  const patience = callerPatience(config.databasePatienceMs);
  const metrics = createApiMetrics(
    config.databaseUrl,
    operations.map(({ id, method }) => ({ operation: id, method: method.toUpperCase() })),
  );
  const orm = await openDatabase(config.databaseUrl, patience, config.databasePool, (pool) =>
    metrics.watchPool('sales', pool),
  );
  const fork = () => orm.em.fork();
  const reporting = await openDatabase(config.databaseUrl, reportPatience, REPORT_CONNECTIONS, (pool) =>
    metrics.watchPool('reports', pool),
  );
  const reports = () => reporting.em.fork();
  const temporal = lazyTemporalClient(undefined, tracing?.clientInterceptors);
  const desk = new CommandDesk(temporal, config.taskQueue, fork, log, metrics.countCommand);
  const watch = new OrderWatch(config.databaseUrl, log);
  await watch.open();
  const limits = new RateLimits(config.databaseUrl, patience, config.partnerLimitPerMinute, (error) =>
    log.warn({ reason: error.message }, 'rate limit connection lost'),
  );
  metrics.watchPool('limits', limits.pool);
  const printer = new TicketPrinter();
  let stopping = false;
  const overview = new OverviewReader({ reports, config });
  const feed = new OverviewFeed({ reports, log, now }, overview);
  const app = createApp({
    config,
    log,
    fork,
    reports,
    temporal,
    desk,
    watch,
    limits,
    printer,
    overview,
    feed,
    metrics,
    isStopping: () => stopping,
    now,
  });
  const handle = app.callback();
  const server = createServer(slowCallers, (request, response) => {
    // So that nobody sends the next call on a connection which is about to be closed.
    if (stopping) response.setHeader('Connection', 'close');
    void handle(request, response);
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(config.port, config.host, resolve);
  await listening;
  const watchServer =
    config.metricsPort === null
      ? undefined
      : await startWatchServer(
          { port: config.metricsPort, host: config.host },
          { state: () => ({ ok: true, state: 'RUNNING' }), scrape: metrics.scrape },
        );

  const close = async () => {
    stopping = true;
    await sleep(config.drainSeconds * 1_000);
    const unwatched = feed.close();
    const idle = setInterval(() => server.closeIdleConnections(), 100);
    await new Promise((closed) => server.close(closed));
    clearInterval(idle);
    watchServer?.close();
    watchServer?.closeIdleConnections();
    await desk.close();
    await watch.close();
    await limits.close();
    await temporal.connection.close();
    await metrics.scrape.close();
    await unwatched;
    await reporting.close();
    await orm.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}
