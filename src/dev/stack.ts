import { join } from 'node:path';
import { startApi, startWorker } from './application.ts';
import { type StackContext, cacheFolderOf, startDatabase, startTemporal } from './backing-services.ts';
import { buildPages } from './build-pages.ts';
import type { StackDescription } from './data-folder.ts';
import type { DemoKeys } from './demo-partners.ts';
import { printPanel } from './panel.ts';
import { freePort, portIsFree } from './ports.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_API_PORT = 8080;
const WORKER_PORT = 9464; // Where Prometheus looks by custom.

/** Starts everything in order; settles when all is ready and `dev.json` tells of it. */
export async function startStack(context: StackContext, end: (reason: unknown) => void): Promise<void> {
  const { root, env, data, terminal, services, signal } = context;
  const startedAt = performance.now();
  const port = await chooseApiPort(env.PORT, terminal);
  const apiUrl = `http://localhost:${port}`;

  const pages = terminal.step('Pages', async () => ((await buildPages()) ? 'built' : 'up to date'));
  const [databaseUrl, temporal] = await together(
    [startDatabase(context), startTemporal(context), pages],
    end,
  );
  signal.throwIfAborted();
  const keys = await prepareDatabase(context, databaseUrl);
  signal.throwIfAborted();

  const { generateSigningKeySet } = await import('../tickets/signing-keys.ts');
  const webhookSecrets = env.ALLOTMENT_PAYMENT_WEBHOOK_SECRETS || data.webhookSecret();
  const workerPort = Number(env.WORKER_PORT) || (await freePort([data.readPorts().worker, WORKER_PORT]));
  data.keepPorts({ worker: workerPort });
  const applicationEnv: NodeJS.ProcessEnv = {
    HOST: '127.0.0.1',
    PUBLIC_URL: apiUrl,
    // Saves about a second of each start.
    NODE_COMPILE_CACHE: join(cacheFolderOf(context), 'node'),
    ALLOTMENT_SIGNING_KEYS: data.signingKeysFile(generateSigningKeySet),
    ...env,
    ...temporal.env,
    ALLOTMENT_ENV: 'development',
    ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: webhookSecrets,
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    WORKER_PORT: String(workerPort),
    ...(temporal.uiUrl !== null && { TEMPORAL_UI_URL: temporal.uiUrl }),
  };
  const application = { root, data, env: applicationEnv };
  const api = terminal.step('API', async () => {
    await services.keep(
      'api',
      (launchSignal) => startApi({ ...application, port, signal: launchSignal }),
      signal,
    );
    return `on port ${port}`;
  });
  const worker = terminal.step('Worker', async () => {
    await services.keep(
      'worker',
      (launchSignal) => startWorker({ ...application, signal: launchSignal }),
      signal,
    );
    return `with health and metrics on port ${workerPort}`;
  });
  await together([api, worker], end);

  const describe = (): StackDescription => ({
    api_url: apiUrl,
    temporal_address: temporal.address,
    temporal_ui_url: temporal.uiUrl,
    database_url: databaseUrl,
    keys,
    webhook_secret: webhookSecrets.split(/[\s,]+/)[0] ?? '',
    processes: {
      api: services.pid('api') ?? null,
      worker: services.pid('worker') ?? null,
      temporal: services.pid('temporal') ?? null,
      postgres: services.pid('postgres') ?? null,
    },
  });
  services.whenRestarted(() => data.writeDescription(describe()));
  data.writeDescription(describe());
  terminal.print(`Ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  printPanel(terminal, describe(), data.path);
}

/** A port that was asked for is used or refused; the default gives way to another program. */
async function chooseApiPort(asked: string | undefined, terminal: Terminal): Promise<number> {
  if (!asked) {
    const port = await freePort([DEFAULT_API_PORT]);
    if (port !== DEFAULT_API_PORT)
      terminal.warn(`Port ${DEFAULT_API_PORT} is taken by another program: the API gets ${port}.`);
    return port;
  }
  const port = Number(asked);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT is "${asked}", not a port.`);
  if (port === 0) return freePort();
  if (await portIsFree(port)) return port;
  throw new Error(
    `Port ${port} is taken by another program. Stop it, or set PORT to another one (0 = any free).`,
  );
}

async function prepareDatabase({ data, terminal }: StackContext, databaseUrl: string): Promise<DemoKeys> {
  const [{ migrateAndSeed }, { ensureDemoPartners }] = await Promise.all([
    import('../db/prepare.ts'),
    import('./demo-partners.ts'),
  ]);
  await terminal.step('Database', async () => {
    const { migrationsRun, seeded } = await migrateAndSeed(databaseUrl);
    const migrated = migrationsRun > 0 ? `${migrationsRun} migrations run` : 'up to date';
    return seeded ? `${migrated}, first season seeded` : migrated;
  });
  const keys = await ensureDemoPartners(databaseUrl, data.readDemoKeys());
  data.writeDemoKeys(keys);
  return keys;
}

/** Like Promise.all, but the first failure ends the others, and nothing goes on behind its back. */
async function together<T extends Promise<unknown>[]>(
  work: [...T],
  end: (reason: unknown) => void,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  for (const one of work) one.catch(end);
  await Promise.allSettled(work);
  return Promise.all(work);
}
