import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startApi, startWorker } from '../../../src/dev/application.ts';
import { openDataFolder } from '../../../src/dev/data-folder.ts';
import type { DemoKeys } from '../../../src/dev/demo-partners.ts';
import { type KeptProcess, keepRunning } from '../../../src/dev/keep-running.ts';
import { freePort } from '../../../src/dev/ports.ts';
import { startPostgres } from '../../../src/dev/postgres.ts';
import type { RunningProcess } from '../../../src/dev/running-process.ts';
import { startTemporalServer } from '../../../src/dev/temporal-server.ts';
import { generateSigningKeySet } from '../../../src/tickets/signing-keys.ts';
import { type Access, openAccess } from './access.ts';

export const processNames = ['postgres', 'temporal', 'api', 'worker', 'secondApi'] as const;
export type ProcessName = (typeof processNames)[number];

/** The processes of an installation, started as `npm start` starts them, each at the test's mercy. */
export type Machine = Access & {
  apiUrl: string;
  secondApiUrl: string;
  databaseUrl: string;
  temporalAddress: string;
  keys: DemoKeys;
  webhookSecret: string;
  /** Starts them, and is back when each is ready; PostgreSQL and Temporal first. */
  start(...names: ProcessName[]): Promise<void>;
  /** Starts it, and again whenever it ends by itself, as the supervisor of `npm start` does. */
  keep(name: ProcessName): Promise<void>;
  /** `kill -9`, and back when the process is gone. */
  kill(name: ProcessName): Promise<void>;
  /** As an operator stops it: an API answers what it was asked, PostgreSQL shuts down fast. */
  stop(name: ProcessName): Promise<void>;
  /** Stops it in the middle of whatever it does, until it is thawed. */
  freeze(name: ProcessName): void;
  thaw(name: ProcessName): void;
  isUp(name: ProcessName): boolean;
  /** What ended without having been killed or stopped, and is not kept. */
  fallen: string[];
  /** Why what is kept has ended, or could not be started. */
  failures: string[];
  /** Deletes all that Temporal has kept; it must not run. */
  loseTemporalsData(): void;
  close(): Promise<void>;
};

const root = fileURLToPath(new URL('../../..', import.meta.url));
const STARTS_AT_MOST = 20;

/** `postgresFolder` is where PostgreSQL has its data, when not beside everything else. */
export async function openMachine(
  env: Record<string, string> = {},
  { postgresFolder }: { postgresFolder?: string } = {},
): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-fault-'));
  // Node's own copy would leave the database to another owner than its server.
  execFileSync('cp', ['-a', `${process.env.FAULTS_START}/.`, folder]);
  const data = openDataFolder(folder);
  if (postgresFolder !== undefined) {
    execFileSync('mv', [data.postgresFolder, postgresFolder]);
    symlinkSync(postgresFolder, data.postgresFolder);
  }
  const secondData = openDataFolder(join(folder, 'second'));
  const ports = {
    postgres: await freePort(),
    temporal: await freePort(),
    api: await freePort(),
    secondApi: await freePort(),
    worker: await freePort(),
  };
  const serverUrl = `postgres://allotment:${data.postgresPassword()}@127.0.0.1:${ports.postgres}`;
  const databaseUrl = `${serverUrl}/allotment`;
  const temporalAddress = `127.0.0.1:${ports.temporal}`;
  const apiUrl = `http://127.0.0.1:${ports.api}`;
  const closing = new AbortController();
  const running = new Map<ProcessName, RunningProcess>();
  const kept: KeptProcess[] = [];

  const application = (port: number) => ({
    root,
    data: port === ports.secondApi ? secondData : data,
    signal: closing.signal,
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      WORKER_PORT: String(ports.worker),
      NODE_COMPILE_CACHE: join(process.env.FAULTS_START ?? '', 'compiled'),
      PUBLIC_URL: apiUrl,
      ALLOTMENT_ENV: 'development',
      ALLOTMENT_SIGNING_KEYS: data.signingKeysFile(generateSigningKeySet),
      ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: data.webhookSecret(),
      ALLOTMENT_RATE_LIMIT_PER_MINUTE: '1000000',
      ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true',
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_CONFIG_FILE: data.emptyTemporalConfig(),
      TEMPORAL_TLS: 'false',
      ...env,
    },
  });
  const launches: Record<ProcessName, () => Promise<RunningProcess>> = {
    postgres: () =>
      startPostgres({
        folder: data.postgresFolder,
        password: data.postgresPassword(),
        port: ports.postgres,
        logFile: data.logFile('postgres'),
        signal: closing.signal,
      }),
    temporal: () =>
      startTemporalServer({
        binary: process.env.TEST_TEMPORAL_BINARY ?? '',
        port: ports.temporal,
        headless: true,
        dbFilename: data.temporalFile,
        logFile: data.logFile('temporal'),
        signal: closing.signal,
      }),
    api: () => startApi({ ...application(ports.api), port: ports.api }),
    secondApi: () => startApi({ ...application(ports.secondApi), port: ports.secondApi }),
    worker: () => startWorker(application(ports.api)),
  };

  /** Tries again, as a supervisor does: a worker ends at once where Temporal does not answer. */
  const launch = async (name: ProcessName) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await launches[name]();
      } catch (error) {
        if (closing.signal.aborted || attempt === STARTS_AT_MOST) throw error;
        await sleep(250);
      }
    }
  };
  const end = async (name: ProcessName, how: 'kill' | 'stop') => {
    const one = running.get(name);
    running.delete(name);
    await one?.[how]();
  };

  const startOne = async (name: ProcessName) => {
    const one = await launch(name);
    running.set(name, one);
    void noteFall(name, one);
  };
  const noteFall = async (name: ProcessName, one: RunningProcess) => {
    const reason = await one.exited;
    if (running.get(name) !== one) return;
    running.delete(name);
    machine.fallen.push(`${name}: ${reason}`);
  };
  const signal = (name: ProcessName, what: NodeJS.Signals) => {
    const pid = running.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} does not run`);
    process.kill(pid, what);
  };

  const machine: Machine = {
    apiUrl,
    secondApiUrl: `http://127.0.0.1:${ports.secondApi}`,
    databaseUrl,
    temporalAddress,
    keys: data.readDemoKeys() as DemoKeys,
    webhookSecret: data.webhookSecret(),
    fallen: [],
    failures: [],
    start: async (...names) => {
      const isBacking = (name: ProcessName) => name === 'postgres' || name === 'temporal';
      await Promise.all(names.filter(isBacking).map(startOne));
      await Promise.all(names.filter((name) => !isBacking(name)).map(startOne));
    },
    keep: async (name) => {
      kept.push(
        await keepRunning({
          launch: launches[name],
          onFailure: (reason) => machine.failures.push(`${name} ${reason}`),
          onRestart: () => {},
          signal: closing.signal,
        }),
      );
    },
    kill: (name) => end(name, 'kill'),
    stop: (name) => end(name, 'stop'),
    freeze: (name) => signal(name, 'SIGSTOP'),
    thaw: (name) => signal(name, 'SIGCONT'),
    isUp: (name) => running.has(name),
    ...openAccess(databaseUrl),
    loseTemporalsData: () => {
      for (const suffix of ['', '-shm', '-wal']) rmSync(data.temporalFile + suffix, { force: true });
    },
    close: async () => {
      closing.abort();
      for (const name of ['api', 'secondApi', 'worker', 'temporal', 'postgres'] as const)
        await end(name, 'kill');
      for (const one of kept) await one.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return machine;
}
