import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { tellReady } from '../../src/process-life.ts';
import { sizedFor } from '../../src/run-worker.ts';
import { connectWorker } from '../../src/temporal.ts';
import { bareActivities } from './activities.ts';
import { BARE_TASK_QUEUE } from './task-queue.ts';

/** ALLOTMENT_DATABASE_POOL by default: the size of the worker that sells. */
const POOL_SIZE = 16;

/** A worker with the settings of the one that sells, for a workflow that does nothing. */
const { connection, namespace } = await connectWorker();
const worker = await Worker.create({
  ...sizedFor(POOL_SIZE),
  workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)),
  connection,
  namespace,
  taskQueue: BARE_TASK_QUEUE,
  activities: bareActivities,
});
process.on('SIGTERM', () => worker.shutdown());
process.on('disconnect', () => process.exit(0));
tellReady();
await worker.run();
await connection.close();
process.exit(0);
