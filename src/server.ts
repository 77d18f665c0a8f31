import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { onStop, tellReady } from './process-life.ts';
import { runApi } from './run-api.ts';
import { startTracing } from './tracing/start-tracing.ts';

const config = readConfig(process.env);
const log = createLog('api', config.logLevel);
const tracing = await startTracing(config, 'allotment-api', log);
const api = await runApi(config, log, tracing);
onStop(log, async () => {
  await api.close();
  await tracing?.stop();
  process.exit(0);
});
tellReady();
log.info({ port: api.port }, 'api listens');
