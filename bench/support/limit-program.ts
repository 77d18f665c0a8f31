import { join } from 'node:path';
import type { DataFolder } from '../../src/dev/data-folder.ts';
import { type RunningProcess, launch, untilReady } from '../../src/dev/running-process.ts';

type LimitProgram = {
  root: string;
  data: DataFolder;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onMessage?: (message: unknown) => void;
};

const READY_SECONDS = 60; // The worker bundles its workflow first.
const STOP_SECONDS = 15;

/** Starts a program of bench/limits as a process of its own, and waits until it says that it is ready. */
export async function startLimitProgram(
  entry: string,
  { root, data, env, signal, onMessage }: LimitProgram,
): Promise<RunningProcess> {
  let ready = false;
  const running = await launch({
    command: process.execPath,
    args: [join(root, 'bench/limits', entry)],
    cwd: root,
    env,
    stopSignal: 'SIGTERM',
    stopSeconds: STOP_SECONDS,
    logFile: data.logFile('limit'),
    onMessage(message) {
      ready ||= (message as { type?: string } | null)?.type === 'ready';
      onMessage?.(message);
    },
  });
  await untilReady(running, async () => ready, { seconds: READY_SECONDS, signal });
  return running;
}
