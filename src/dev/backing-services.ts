import { resolve } from 'node:path';
import type { DataFolder } from './data-folder.ts';
import { connectExternalTemporal, namesExternalTemporal } from './external-temporal.ts';
import { freePort } from './ports.ts';
import { ensureDatabase, startPostgres } from './postgres.ts';
import type { Services } from './services.ts';
import { findTemporalBinary } from './temporal-binary.ts';
import { startTemporalServer } from './temporal-server.ts';
import type { Terminal } from './terminal.ts';

/** What every step of the start works with. */
export interface StackContext {
  root: string;
  env: NodeJS.ProcessEnv;
  data: DataFolder;
  terminal: Terminal;
  services: Services;
  /** Aborted when the stack is to end, also while it starts. */
  signal: AbortSignal;
}

export interface TemporalAccess {
  address: string;
  uiUrl: string | null;
  /** The variables by which api and worker reach it. */
  env: NodeJS.ProcessEnv;
}

const DATABASE = 'allotment';
/** Tried after the ports of the last start; the first ones are Temporal's own. */
const PREFERRED_PORTS = { temporal: 7233, temporalUi: 8233, postgres: 5433 };

/** The database's URL: the given one, or that of the embedded PostgreSQL, which is started. */
export async function startDatabase(context: StackContext): Promise<string> {
  const { env, data, terminal, services, signal } = context;
  if (env.DATABASE_URL) {
    terminal.print('• PostgreSQL: DATABASE_URL is used');
    return env.DATABASE_URL;
  }
  let port: number | undefined;
  let serverUrl = '';
  await terminal.step('PostgreSQL', async () => {
    await services.keep(
      'postgres',
      async (launchSignal) => {
        // Once it has run, everything knows it by this port.
        const chosen = port ?? (await freePort([data.readPorts().postgres, PREFERRED_PORTS.postgres]));
        const running = await startPostgres({
          folder: data.postgresFolder,
          password: data.postgresPassword(),
          port: chosen,
          logFile: data.logFile('postgres'),
          recordFile: data.recordFile('postgres'),
          detached: true,
          signal: launchSignal,
        });
        port = chosen;
        serverUrl = running.serverUrl;
        return running;
      },
      signal,
    );
    data.keepPorts({ postgres: port });
    await ensureDatabase(serverUrl, DATABASE);
    return `on port ${port}`;
  });
  return `${serverUrl}/${DATABASE}`;
}

/** Access to Temporal: the one that the environment names, or the embedded server, which is started. */
export async function startTemporal(context: StackContext): Promise<TemporalAccess> {
  const { env, data, terminal, services, signal } = context;
  if (namesExternalTemporal(env)) return connectExternalTemporal(env, terminal);

  const namespace = env.TEMPORAL_NAMESPACE || 'default';
  let ports: { temporal: number; temporalUi: number } | undefined;
  await terminal.step('Temporal', async () => {
    const binary = await findTemporalBinary({
      cacheFolder: cacheFolderOf(context),
      allowBuild: true,
      onProgress: (message) => terminal.note(`${message} …`),
    });
    await services.keep(
      'temporal',
      async (launchSignal) => {
        const kept = data.readPorts();
        const chosen = ports ?? {
          temporal: await freePort([kept.temporal, PREFERRED_PORTS.temporal]),
          temporalUi: await freePort([kept.temporalUi, PREFERRED_PORTS.temporalUi]),
        };
        const running = await startTemporalServer({
          binary,
          port: chosen.temporal,
          uiPort: chosen.temporalUi,
          dbFilename: data.temporalFile,
          namespace,
          logFile: data.logFile('temporal'),
          recordFile: data.recordFile('temporal'),
          detached: true,
          signal: launchSignal,
        });
        ports = chosen;
        return running;
      },
      signal,
    );
    data.keepPorts({ ...ports });
    return `on port ${ports?.temporal}, Web UI on port ${ports?.temporalUi}`;
  });
  const address = `127.0.0.1:${ports?.temporal}`;
  return {
    address,
    uiUrl: `http://localhost:${ports?.temporalUi}`,
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      // Settings for another Temporal in the user's own file must not mix with these.
      TEMPORAL_CONFIG_FILE: data.emptyTemporalConfig(),
      TEMPORAL_TLS: 'false',
    },
  };
}

/** Where fetched and compiled programs are kept; it can be deleted at any time. */
export function cacheFolderOf({ root, env }: StackContext): string {
  return resolve(root, env.ALLOTMENT_CACHE || '.cache');
}
