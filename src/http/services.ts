import type { Client } from '@temporalio/client';
import type { Config } from '../config.ts';
import type { EntityManager } from '../db/open.ts';
import type { OrderWatch } from '../db/order-watch.ts';
import type { Log } from '../log.ts';
import type { ApiMetrics } from '../metrics/api-metrics.ts';
import type { CommandDesk } from '../relay/command-desk.ts';
import type { TicketPrinter } from '../tickets/ticket-printer.ts';
import type { OverviewReader } from './overview.ts';
import type { OverviewFeed } from './overview-feed.ts';
import type { RateLimits } from './rate-limit.ts';

/** What the routes work with; made in server.ts, and by tests. */
export type Services = {
  config: Config;
  log: Log;
  fork: () => EntityManager;
  /** Over a few connections of their own with more patience: reports read much, and no sale waits for them. */
  reports: () => EntityManager;
  temporal: Client;
  desk: CommandDesk;
  watch: OrderWatch;
  limits: RateLimits;
  printer: TicketPrinter;
  overview: OverviewReader;
  feed: OverviewFeed;
  metrics: ApiMetrics;
  now: () => Date;
};
