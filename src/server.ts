import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { onStop, tellReady } from './process-life.ts';
import { runApi } from './run-api.ts';

const config = readConfig(process.env);
const log = createLog('api', config.logLevel);
const api = await runApi(config, log);
onStop(log, async () => {
  await api.close();
  process.exit(0);
});
tellReady();
log.info({ port: api.port }, 'api listens');
