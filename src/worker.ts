import { Runtime } from '@temporalio/worker';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { startWatchServer } from './metrics/watch-server.ts';
import { onStop, tellReady } from './process-life.ts';
import { runWorker } from './run-worker.ts';
import { runtimeOptions } from './temporal-runtime.ts';
import { startTracing } from './tracing/start-tracing.ts';
import { workflowSource } from './workflow-bundle.ts';

const config = readConfig(process.env);
const log = createLog('worker', config.logLevel);
Runtime.install(await runtimeOptions(config, log));

const tracing = await startTracing(config, 'allotment-worker', log);
const worker = await runWorker(config, log, workflowSource(tracing !== undefined), tracing);
const state = () => ({ ok: worker.state() === 'RUNNING', state: worker.state() });
const watchServer = await startWatchServer(
  { port: config.workerPort, host: config.host },
  { state, scrape: worker.scrape },
);
onStop(log, worker.stop);
tellReady();
log.info({ task_queue: config.taskQueue }, 'worker runs');

await worker.ended;
watchServer.close();
await tracing?.stop();
process.exit(0);
