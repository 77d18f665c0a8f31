import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { readConfig } from './config.ts';
import { openDatabase } from './db/open.ts';
import { createLog } from './log.ts';
import { onStop, tellReady } from './process-life.ts';
import { startRelay } from './relay/relay.ts';
import { connectWorker, lazyTemporalClient } from './temporal.ts';
import { signNewTicket } from './tickets/sign-new-ticket.ts';

const config = readConfig(process.env);
const log = createLog('worker', config.logLevel);
Runtime.install({
  logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
    const write = level === 'ERROR' ? log.error : level === 'WARN' ? log.warn : log.info;
    const { error, taskToken: _, ...facts } = meta ?? {};
    write.call(log, error === undefined ? facts : { ...facts, err: error }, message);
  }),
});

const orm = await openDatabase(config.databaseUrl, 'worker', config.databasePool);
const fork = () => orm.em.fork();
const { connection, namespace } = await connectWorker();
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: config.taskQueue,
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  activities: createActivities({ fork, signTicket: () => signNewTicket(config.signingKeys) }),
  maxConcurrentLocalActivityExecutions: config.databasePool - 4,
  maxConcurrentActivityTaskExecutions: config.databasePool - 4,
  maxCachedWorkflows: 1_000,
  workflowTaskPollerBehavior: { type: 'autoscaling' },
  activityTaskPollerBehavior: { type: 'autoscaling' },
  shutdownGraceTime: '11s',
});
const client = lazyTemporalClient();
const workerId = `${hostname()}:${process.pid}`;
const stopRelay = startRelay({ client, taskQueue: config.taskQueue, fork, log, workerId });
const health = createServer((_, response) => response.end(worker.getState())).listen(config.workerPort, config.host);

onStop(log, () => worker.shutdown());
const running = worker.run();
tellReady();
log.info({ task_queue: config.taskQueue }, 'worker runs');
await running;
await stopRelay();
health.close();
await client.connection.close();
await connection.close();
await orm.close();
process.exit(0);
