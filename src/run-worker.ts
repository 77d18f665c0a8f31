import { hostname } from 'node:os';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import type { Config } from './config.ts';
import { openDatabase } from './db/open.ts';
import { workerPatience } from './db/patience.ts';
import type { Log } from './log.ts';
import { startRelay } from './relay/relay.ts';
import { connectWorker, lazyTemporalClient } from './temporal.ts';
import { signNewTicket } from './tickets/sign-new-ticket.ts';

/** Connections that the relay's duties and the pool's slack keep from activities. */
const SPARE_CONNECTIONS = 4;

/**
 * Starts a worker with its relay: the one bootstrap of the worker process and of tests. `stop` lets
 * activities under way end; `ended` resolves when all is closed.
 */
export async function runWorker(
  config: Config,
  log: Log,
  workflows: Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'>,
): Promise<{ state: () => string; stop: () => void; ended: Promise<void> }> {
  const orm = await openDatabase(config.databaseUrl, workerPatience, config.databasePool);
  const fork = () => orm.em.fork();
  const { connection, namespace } = await connectWorker();
  const parallel = Math.max(1, config.databasePool - SPARE_CONNECTIONS);
  const worker = await Worker.create({
    ...workflows,
    connection,
    namespace,
    taskQueue: config.taskQueue,
    activities: createActivities({ fork, signTicket: () => signNewTicket(config.signingKeys) }),
    maxConcurrentLocalActivityExecutions: parallel,
    maxConcurrentActivityTaskExecutions: parallel,
    maxCachedWorkflows: 1_000,
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    // Longer than an activity may take.
    shutdownGraceTime: '11s',
  });
  const client = lazyTemporalClient();
  const workerId = `${hostname()}:${process.pid}:${config.taskQueue}`;
  const stopRelay = startRelay({ client, taskQueue: config.taskQueue, fork, log, workerId });

  const run = async () => {
    try {
      await worker.run();
    } finally {
      await stopRelay();
      await client.connection.close();
      await connection.close();
      await orm.close();
    }
  };
  return { state: () => worker.getState(), stop: () => worker.shutdown(), ended: run() };
}
