import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi, startWorker } from '../../src/dev/application.ts';
import { openDataFolder } from '../../src/dev/data-folder.ts';
import { freePort } from '../../src/dev/ports.ts';
import { generateSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { type Access, openAccess } from '../../test/faults/support/access.ts';
import {
  cacheFolder,
  type Databases,
  root,
  startDatabases,
  startTemporal,
  type Temporal,
} from './backing.ts';
import { startLimitProgram } from './limit-program.ts';
import { type Members, openMembers } from './members.ts';

/** An installation of the bench's own, set up as for production, and the programs that it is compared with. */
export type Stack = Access &
  Databases & {
    temporal: Temporal;
    webhookSecret: string;
    members: Members;
    startApi(): Promise<Member>;
    startWorker(): Promise<Member>;
    /** Starts a program of bench/limits. */
    startLimit(entry: string, onMessage?: (message: unknown) => void): Promise<Member>;
    /** Stops Temporal where it stands, without a word to anybody, until it is thawed. */
    freezeTemporal(): void;
    thawTemporal(): void;
    close(): Promise<void>;
  };

export type Member = { url: string; pid: number; stop(): Promise<void> };

/** Starts the backing services in a folder that goes with them; no API and no worker yet. */
export async function openStack(tell: (progress: string) => void): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-bench-'));
  const closing = new AbortController();
  const members = openMembers();
  const close = async () => {
    closing.abort();
    await members.stopAll();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const data = openDataFolder(folder);
    const [databases, temporal] = await Promise.all([
      startDatabases(members, data, closing.signal),
      startTemporal(members, data, closing.signal, tell),
    ]);
    const { signal } = closing;
    const env = (port: number): NodeJS.ProcessEnv => ({
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: join(cacheFolder, 'node'),
      HOST: '127.0.0.1',
      PORT: String(port),
      WORKER_PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      ALLOTMENT_ENV: 'production',
      ALLOTMENT_SIGNING_KEYS: data.signingKeysFile(generateSigningKeySet),
      ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: data.webhookSecret(),
      // Every request is counted, and none refused.
      ALLOTMENT_RATE_LIMIT_PER_MINUTE: '10000000',
      DATABASE_URL: databases.databaseUrl,
      LIMITS_DATABASE_URL: databases.limitsDatabaseUrl,
      ...temporal.env,
    });
    /** Logs go by the program's name, so each process has a folder for its own. */
    const plan = (port: number) => ({
      root,
      port,
      env: env(port),
      data: openDataFolder(join(folder, String(port))),
      signal,
    });
    const start = async (
      group: 'api' | 'worker' | 'limit',
      launch: (port: number) => ReturnType<typeof startApi>,
    ) => {
      const port = await freePort();
      const process = members.keep(group, await launch(port));
      return { url: `http://127.0.0.1:${port}`, pid: process.pid, stop: () => members.stop(process) };
    };
    return {
      ...databases,
      ...openAccess(databases.databaseUrl),
      temporal,
      webhookSecret: data.webhookSecret(),
      members,
      startApi: () => start('api', (port) => startApi(plan(port))),
      startWorker: () => start('worker', (port) => startWorker(plan(port))),
      startLimit: (entry, onMessage) =>
        start('limit', (port) =>
          startLimitProgram(entry, { ...plan(port), ...(onMessage && { onMessage }) }),
        ),
      freezeTemporal: () => process.kill(temporal.pid, 'SIGSTOP'),
      thawTemporal: () => process.kill(temporal.pid, 'SIGCONT'),
      close: async () => {
        // One that has fallen is not among them, and must not keep the others from being stopped.
        for (const pid of members.pids('temporal')) process.kill(pid, 'SIGCONT');
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
