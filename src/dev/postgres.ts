import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { openLog } from './log-file.ts';
import {
  type PostgresAccount,
  findPostgresAccount,
  findPostgresPrograms,
  runToEnd,
} from './postgres-programs.ts';
import { type RunningProcess, launch, untilReady } from './running-process.ts';
import { removeStalePidFile } from './stale-pid-file.ts';

interface PostgresOptions {
  /** Holds the cluster, which is created on the first start. */
  folder: string;
  password: string;
  port: number;
  /** False trades safety for speed, for tests: a crash of the machine may then destroy the cluster. */
  durable?: boolean;
  maxConnections?: number;
  logFile: string;
  recordFile?: string;
  detached?: boolean;
  signal?: AbortSignal;
}

interface RunningPostgres extends RunningProcess {
  /** URL of the server, without a database. */
  serverUrl: string;
}

export const POSTGRES_STOP_SIGNAL = 'SIGINT'; // A fast shutdown: sessions are ended, data is flushed.
const STOP_SECONDS = 8;
const READY_SECONDS = 60; // Recovery after a crash takes its time.
const USER = 'allotment';

/** Settings that make a throw-away server fast. */
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts the embedded PostgreSQL on 127.0.0.1 and waits until it accepts connections. It ends when one of its
 * processes crashes: whoever keeps it starts it again.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { folder, port, durable = true } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const account = findPostgresAccount(folder);
  if (account) chownSync(folder, account.uid, account.gid);
  const programs = await findPostgresPrograms(account);
  const cluster = join(folder, 'cluster');
  if (!existsSync(cluster)) await createCluster(options, cluster, programs.initdb, account);
  await removeStalePidFile(cluster);

  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `max_connections=${options.maxConnections ?? 100}`,
    // Begun again by itself on a full disk, it may end up without a recovery under way, and wait for ever.
    'restart_after_crash=off',
    ...(durable ? [] : NOT_DURABLE),
  ];
  const running = await launch({
    command: programs.postgres,
    args: ['-D', pathFromInside(cluster, account), '-p', String(port), ...settings.flatMap((s) => ['-c', s])],
    cwd: cluster,
    env: PLAIN_ENVIRONMENT,
    user: account,
    stopSignal: POSTGRES_STOP_SIGNAL,
    stopSeconds: STOP_SECONDS,
    logFile: options.logFile,
    recordFile: options.recordFile,
    detached: options.detached,
  });
  const serverUrl = `postgres://${USER}:${options.password}@127.0.0.1:${port}`;
  const { signal } = options;
  await untilReady(running, () => acceptsConnections(`${serverUrl}/postgres`), {
    seconds: READY_SECONDS,
    signal,
  });
  return { ...running, serverUrl };
}

/** Creates the database unless it is there. */
export async function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: `${serverUrl}/postgres` });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/** What PostgreSQL sees of the environment: variables such as PGDATA or a locale must not steer it. */
const PLAIN_ENVIRONMENT = { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' };

/**
 * PostgreSQL enters its folder by an absolute path, and its account may be barred from the folders
 * above (a home or temporary folder with mode 0700). It starts inside, where this link always leads.
 */
function pathFromInside(folder: string, account: PostgresAccount | undefined): string {
  return account && process.platform === 'linux' ? '/proc/self/cwd' : folder;
}

/** The cluster gets its name only when it is complete, so an interrupted first start leaves none behind. */
async function createCluster(
  { password, durable = true, logFile, folder }: PostgresOptions,
  cluster: string,
  initdb: string,
  account: PostgresAccount | undefined,
): Promise<void> {
  const unfinished = join(folder, 'unfinished');
  const passwordFile = `password-${randomBytes(8).toString('hex')}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(join(folder, passwordFile), password, { mode: 0o600 });
  if (account) {
    chownSync(unfinished, account.uid, account.gid);
    chownSync(join(folder, passwordFile), account.uid, account.gid);
  }
  const inside = pathFromInside(unfinished, account);
  const args = ['-D', inside, `--pwfile=${inside}/../${passwordFile}`, `--username=${USER}`];
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions');
  // The same sort order and case rules on every machine.
  args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  if (!durable) args.push('--no-sync');
  try {
    await runToEnd(initdb, args, {
      cwd: unfinished,
      env: PLAIN_ENVIRONMENT,
      account,
      output: openLog(logFile),
    });
  } finally {
    rmSync(join(folder, passwordFile), { force: true });
  }
  renameSync(unfinished, cluster);
}

async function acceptsConnections(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => {}); // A connection lost at this moment is a "no", which the query reports.
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    const wrongPassword = (error as { code?: string }).code === '28P01';
    if (wrongPassword)
      throw new Error('refuses the kept password: data and secrets do not match', { cause: error });
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
