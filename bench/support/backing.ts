import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { migrateAndSeed } from '../../src/db/prepare.ts';
import type { DataFolder } from '../../src/dev/data-folder.ts';
import { type DemoKeys, ensureDemoPartners } from '../../src/dev/demo-partners.ts';
import { freePort } from '../../src/dev/ports.ts';
import { ensureDatabase, startPostgres } from '../../src/dev/postgres.ts';
import { findTemporalBinary } from '../../src/dev/temporal-binary.ts';
import { startTemporalServer } from '../../src/dev/temporal-server.ts';
import type { Members } from './members.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const cacheFolder = resolve(root, process.env.ALLOTMENT_CACHE || '.cache');

/** Two APIs, two workers and the limits with their pools, and the bench's own looks. */
const DATABASE_CONNECTIONS = 200;

export type Databases = { databaseUrl: string; limitsDatabaseUrl: string; keys: DemoKeys };

/**
 * Starts PostgreSQL with the settings of `npm start`, and in it the database of the stack and, as it is before
 * anything is sold, a copy for the limits: what they write must not upset `verify`.
 */
export async function startDatabases(
  members: Members,
  data: DataFolder,
  signal: AbortSignal,
): Promise<Databases> {
  const postgres = await startPostgres({
    folder: data.postgresFolder,
    password: data.postgresPassword(),
    port: await freePort(),
    maxConnections: DATABASE_CONNECTIONS,
    logFile: data.logFile('postgres'),
    signal,
  });
  members.keep('postgres', postgres);
  const databaseUrl = `${postgres.serverUrl}/allotment`;
  await ensureDatabase(postgres.serverUrl, 'allotment');
  await migrateAndSeed(databaseUrl);
  const keys = await ensureDemoPartners(databaseUrl, {});
  const client = new Client({ connectionString: `${postgres.serverUrl}/postgres` });
  await client.connect();
  try {
    await client.query('create database limits template allotment');
  } finally {
    await client.end();
  }
  return { databaseUrl, limitsDatabaseUrl: `${postgres.serverUrl}/limits`, keys };
}

export type Temporal = { address: string; pid: number; env: NodeJS.ProcessEnv };

/** Starts the Temporal development server as `npm start` does, its file in the data folder. */
export async function startTemporal(
  members: Members,
  data: DataFolder,
  signal: AbortSignal,
  tell: (progress: string) => void,
): Promise<Temporal> {
  const server = await startTemporalServer({
    binary: await findTemporalBinary({ cacheFolder, allowBuild: true, onProgress: tell }),
    port: await freePort(),
    headless: true,
    dbFilename: data.temporalFile,
    logFile: data.logFile('temporal'),
    signal,
  });
  const { address, pid } = members.keep('temporal', server);
  return {
    address,
    pid,
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_CONFIG_FILE: data.emptyTemporalConfig(),
      TEMPORAL_TLS: 'false',
    },
  };
}
