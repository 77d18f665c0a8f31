import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackDescription } from './data-folder.ts';
import { DemoFailure } from './demo-api.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 100;

/**
 * Starts a stack of the day's own, on a data folder that goes with it: the day begins with nothing sold.
 * `stop` ends it in order, also while it is starting.
 */
export function startFreshStack(): {
  starting: Promise<StackDescription>;
  data: string;
  stop: () => Promise<void>;
} {
  const data = mkdtempSync(join(tmpdir(), 'allotment-day-'));
  const child = spawn(process.execPath, ['src/dev/start.mjs'], {
    cwd: root,
    env: {
      ...process.env,
      PORT: '0',
      ALLOTMENT_DATA: data,
      // A day in a few minutes, and a receiver on this machine.
      ALLOTMENT_RATE_LIMIT_PER_MINUTE: '1000000',
      ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true',
    },
    // A group of its own: Ctrl-C is for the day, which then stops its stack. Where the day dies without a
    // word, the channel tells the stack.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdout?.resume();
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  return { starting: untilReady(child, join(data, 'dev.json')), data, stop };
}

async function untilReady(child: ChildProcess, file: string): Promise<StackDescription> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!existsSync(file)) {
    if (child.exitCode !== null) throw new DemoFailure('The stack could not start, see above.');
    if (Date.now() > deadline) throw new DemoFailure('The stack did not get ready in three minutes.');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return JSON.parse(readFileSync(file, 'utf8')) as StackDescription;
}
