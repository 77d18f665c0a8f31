import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/dev/ports.ts';
import { generateSigningKeySet } from '../../src/tickets/signing-keys.ts';
import type { House } from './house.ts';

/** A process of the application, as a supervisor starts it. */
export type OwnProcess = {
  url: string;
  /** Its log so far, line by line. */
  lines: () => Record<string, unknown>[];
  /** SIGTERM; its exit code, or the signal that ended it. */
  stop: () => Promise<number | string>;
};

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts API and worker as processes of their own, on the database and the task queue of a house. */
export function startProcesses(house: House) {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-processes-'));
  const keysFile = join(folder, 'keys.json');
  writeFileSync(keysFile, generateSigningKeySet(), { mode: 0o600 });
  const running: ChildProcess[] = [];

  const start = async (entry: 'server' | 'worker', env: Record<string, string> = {}): Promise<OwnProcess> => {
    const port = await freePort();
    const child = spawn(process.execPath, [join(root, 'src', `${entry}.ts`)], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        ALLOTMENT_ENV: 'development',
        DATABASE_URL: house.config.databaseUrl,
        TEMPORAL_ADDRESS: process.env.TEST_TEMPORAL_ADDRESS,
        HOST: '127.0.0.1',
        PORT: String(port),
        WORKER_PORT: String(port),
        ALLOTMENT_SIGNING_KEYS: keysFile,
        ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: house.webhookSecret,
        ALLOTMENT_DATABASE_PATIENCE_MS: '30000',
        ALLOTMENT_TASK_QUEUE: house.config.taskQueue,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.push(child);
    let output = '';
    const keep = (chunk: Buffer) => (output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const ended = new Promise<number | string>((resolve) =>
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'ended')),
    );
    const ready = new Promise<void>((resolve) => child.once('message', () => resolve()));
    const early = ended.then((end) => {
      throw new Error(`${entry} ended with ${end}:\n${output}`);
    });
    await Promise.race([ready, early]);
    early.catch(() => {});
    return {
      url: `http://127.0.0.1:${port}`,
      lines: () =>
        output
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      stop: () => {
        child.kill('SIGTERM');
        return ended;
      },
    };
  };

  return {
    start,
    close: () => {
      for (const child of running) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
