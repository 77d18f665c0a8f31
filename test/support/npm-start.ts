import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackDescription } from '../../src/dev/data-folder.ts';
import { freePort } from '../../src/dev/ports.ts';
import { eventually } from './eventually.ts';

/** The stack as its user starts it: the same program, in a process group of its own, on data of its own. */
export type StartedStack = {
  describe(): StackDescription;
  /** `kill -9` of every process at once, those that have left the group too. */
  cutPower(): Promise<void>;
  /** On the same data and the same port. */
  startAgain(): Promise<void>;
  /** Stops it as Ctrl-C does, and deletes its data. */
  remove(): Promise<void>;
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE_MS = 120_000;

export async function npmStart(env: Record<string, string> = {}): Promise<StartedStack> {
  const data = mkdtempSync(join(tmpdir(), 'allotment-stack-'));
  const file = join(data, 'dev.json');
  const port = await freePort();
  let stack: ChildProcess;
  let output = '';

  const describe = () => JSON.parse(readFileSync(file, 'utf8')) as StackDescription;
  const start = async () => {
    stack = spawn('node', ['src/dev/start.mjs'], {
      cwd: root,
      env: { ...cleanEnv(), ...env, PORT: String(port), ALLOTMENT_DATA: data },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const keep = (chunk: Buffer) => (output += chunk.toString());
    stack.stdout?.on('data', keep);
    stack.stderr?.on('data', keep);
    await eventually('dev.json', isReady, PATIENCE_MS);
  };
  const isReady = async () => {
    if (stack.exitCode !== null) throw new Error(`the stack ended with ${stack.exitCode}:\n${output}`);
    try {
      return describe();
    } catch {
      return undefined;
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    const ended = new Promise((resolve) => stack.once('exit', resolve));
    process.kill(-(stack.pid as number), signal);
    await ended;
  };

  await start();
  return {
    describe,
    cutPower: async () => {
      const { postgres, temporal } = describe().processes;
      const groups = [postgres, temporal].filter((pid) => pid !== null);
      const ended = end('SIGKILL');
      for (const pid of groups) process.kill(-pid, 'SIGKILL');
      await ended;
      rmSync(file, { force: true });
    },
    startAgain: start,
    remove: async () => {
      if (stack.exitCode === null && stack.signalCode === null) await end('SIGTERM');
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The user's environment without what the test run has set for itself. */
function cleanEnv(): NodeJS.ProcessEnv {
  const own = /^(TEMPORAL_|TEST_|FAULTS|JEST_|NODE_OPTIONS$|ALLOTMENT_|DATABASE_URL$|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
