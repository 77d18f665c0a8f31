import { createServer } from 'node:http';
import { readConfig } from './config.ts';
import { openDatabase } from './db/open.ts';
import { OrderWatch } from './db/order-watch.ts';
import { createApp } from './http/app.ts';
import { RateLimits } from './http/rate-limit.ts';
import { createLog } from './log.ts';
import { onStop, tellReady } from './process-life.ts';
import { CommandDesk } from './relay/command-desk.ts';
import { lazyTemporalClient } from './temporal.ts';

const config = readConfig(process.env);
const log = createLog('api', config.logLevel);
const orm = await openDatabase(config.databaseUrl, 'caller', config.databasePool);
const fork = () => orm.em.fork();
const temporal = lazyTemporalClient();
const desk = new CommandDesk(temporal, config.taskQueue, fork, log);
const watch = new OrderWatch(config.databaseUrl, log);
await watch.open();
const limits = new RateLimits(config.databaseUrl, config.partnerLimitPerMinute, (error) =>
  log.warn({ reason: error.message }, 'rate limit connection lost'),
);

const app = createApp({ config, log, fork, temporal, desk, watch, limits, now: () => new Date() });
const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app.callback());
server.listen(config.port, config.host, () => {
  log.info({ port: config.port }, 'api listens');
  tellReady();
});
server.on('error', (error) => {
  log.fatal({ err: error }, 'api cannot listen');
  process.exit(1);
});

onStop(log, () => {
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  server.close(async () => {
    clearInterval(idle);
    await desk.close();
    await watch.close();
    await limits.close();
    await temporal.connection.close();
    await orm.close();
    process.exit(0);
  });
});
