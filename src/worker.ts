import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { onStop, tellReady } from './process-life.ts';
import { runWorker } from './run-worker.ts';

const config = readConfig(process.env);
const log = createLog('worker', config.logLevel);
Runtime.install({
  logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
    const write = level === 'ERROR' ? log.error : level === 'WARN' ? log.warn : log.info;
    const { error, taskToken: _, ...facts } = meta ?? {};
    write.call(log, error === undefined ? facts : { ...facts, err: error }, message);
  }),
});

const worker = await runWorker(config, log, {
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
});
const health = createServer((_, response) => response.end(worker.state()));
health.listen(config.workerPort, config.host);
onStop(log, worker.stop);
tellReady();
log.info({ task_queue: config.taskQueue }, 'worker runs');

await worker.ended;
health.close();
process.exit(0);
