import { hostname } from 'node:os';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { createWebhookActivities } from '../activities/webhooks.ts';
import type { Config } from './config.ts';
import { openDatabase } from './db/open.ts';
import { workerPatience } from './db/patience.ts';
import type { Log } from './log.ts';
import { createWorkerMetrics } from './metrics/worker-metrics.ts';
import type { Scrape } from './metrics/scrape.ts';
import { startRelay } from './relay/relay.ts';
import { connectWorker, lazyTemporalClient } from './temporal.ts';
import { signNewTicket } from './tickets/sign-new-ticket.ts';
import type { Tracing } from './tracing/start-tracing.ts';
import { sendWebhook } from './webhooks/send-webhook.ts';
import { webhookTaskQueue } from '../workflows/messages.ts';

/** Connections that the relay's duties and the pool's slack keep from activities. */
const SPARE_CONNECTIONS = 4;
/** Webhooks under way at once, a tenth of them to one endpoint at most; each holds a connection for moments. */
const PARALLEL_WEBHOOKS = 200;

/** How much a worker takes on at once, over a pool of so many connections. */
export function sizedFor(databasePool: number) {
  const parallel = Math.max(1, databasePool - SPARE_CONNECTIONS);
  return {
    maxConcurrentLocalActivityExecutions: parallel,
    maxConcurrentActivityTaskExecutions: parallel,
    maxCachedWorkflows: 1_000,
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    // Longer than an activity may take.
    shutdownGraceTime: '11s',
  } satisfies Partial<WorkerOptions>;
}

/**
 * Runs go on with the version that is current, whatever version began them: a hold may last a day, which is no
 * reason to keep old workers for a day, and replay tests show that new code takes up old histories.
 */
export function versionedAs(
  version: Config['workerVersion'],
): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (version === null) return {};
  return {
    workerDeploymentOptions: {
      version,
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}

/**
 * Starts a worker with its relay, and beside it one for webhooks, which wait long for their receivers: the
 * one bootstrap of the worker process and of tests. `stop` lets activities under way end; `ended` resolves
 * when all is closed.
 */
export async function runWorker(
  config: Config,
  log: Log,
  workflows: Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'>,
  tracing?: Tracing,
): Promise<{ state: () => string; scrape: Scrape; stop: () => void; ended: Promise<void> }> {
  const metrics = createWorkerMetrics(config.databaseUrl);
  const orm = await openDatabase(config.databaseUrl, workerPatience, config.databasePool, (pool) =>
    metrics.watchPool('work', pool),
  );
  const fork = () => orm.em.fork();
  const { connection, namespace } = await connectWorker();
  const version = versionedAs(config.workerVersion);
  const activity = tracing?.activityInterceptors ?? [];
  const worker = await Worker.create({
    ...version,
    ...sizedFor(config.databasePool),
    ...workflows,
    ...(tracing && { sinks: tracing.workflows.sinks }),
    interceptors: { workflowModules: tracing?.workflows.interceptorModules ?? [], activity },
    connection,
    namespace,
    taskQueue: config.taskQueue,
    activities: createActivities({
      fork,
      signTicket: () => signNewTicket(config.signingKeys),
      noteIssued: metrics.noteIssued,
      timeZone: config.timeZone,
    }),
  });
  const webhookWorker = await Worker.create({
    ...version,
    connection,
    namespace,
    taskQueue: webhookTaskQueue(config.taskQueue),
    activities: createWebhookActivities(
      fork,
      (message) => sendWebhook(message, config.allowPrivateWebhooks),
      metrics.countAttempt,
    ),
    interceptors: { activity },
    maxConcurrentActivityTaskExecutions: PARALLEL_WEBHOOKS,
    activityTaskPollerBehavior: { type: 'autoscaling' },
    shutdownGraceTime: '11s',
  });
  const workers = [worker, webhookWorker];
  const stop = () => {
    for (const one of workers) if (one.getState() === 'RUNNING') one.shutdown();
  };
  const client = lazyTemporalClient(undefined, tracing?.clientInterceptors);
  const workerId = `${hostname()}:${process.pid}:${config.taskQueue}`;
  const { taskQueue, timeZone } = config;
  const stopRelay = startRelay({ client, taskQueue, fork, log, workerId, timeZone, meters: metrics });

  const run = async () => {
    try {
      // Neither goes on without the other, and the connections are closed after both.
      const ends = await Promise.allSettled(workers.map((one) => one.run().finally(stop)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    } finally {
      await stopRelay();
      await client.connection.close();
      await connection.close();
      await metrics.scrape.close();
      await orm.close();
    }
  };
  return { state: () => worker.getState(), scrape: metrics.scrape, stop, ended: run() };
}
