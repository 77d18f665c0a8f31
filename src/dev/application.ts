import { join } from 'node:path';
import type { DataFolder } from './data-folder.ts';
import { type RunningProcess, launch, untilReady } from './running-process.ts';

interface ApplicationOptions {
  root: string;
  data: DataFolder;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

export const APPLICATION_STOP_SIGNAL = 'SIGTERM';
const STOP_SECONDS = 15;
const READY_SECONDS = 60; // The worker bundles the workflows first.
const PROBE_TIMEOUT_MS = 1000;

/** Starts the API and waits until it says that it can accept sales. */
export async function startApi(options: ApplicationOptions & { port: number }): Promise<RunningProcess> {
  const { running, saidReady } = await launchApplication('api', 'src/server.ts', options);
  const readyUrl = `http://127.0.0.1:${options.port}/readyz`;
  // Its own word first: another program on this port might answer too.
  const isReady = async () => saidReady() && (await answersOk(readyUrl));
  await untilReady(running, isReady, { seconds: READY_SECONDS, signal: options.signal });
  return running;
}

/** Starts the worker and waits until it polls for work. */
export async function startWorker(options: ApplicationOptions): Promise<RunningProcess> {
  const { running, saidReady } = await launchApplication('worker', 'src/worker.ts', options);
  await untilReady(running, async () => saidReady(), { seconds: READY_SECONDS, signal: options.signal });
  return running;
}

/** They stay in this process group, and end by themselves when the channel to the supervisor closes. */
async function launchApplication(
  name: 'api' | 'worker',
  entry: string,
  { root, data, env }: ApplicationOptions,
): Promise<{ running: RunningProcess; saidReady: () => boolean }> {
  let ready = false;
  const running = await launch({
    command: process.execPath,
    args: [join(root, entry)],
    cwd: root,
    env,
    stopSignal: APPLICATION_STOP_SIGNAL,
    stopSeconds: STOP_SECONDS,
    logFile: data.logFile(name),
    recordFile: data.recordFile(name),
    onMessage(message) {
      ready ||= (message as { type?: string } | null)?.type === 'ready';
    },
  });
  return { running, saidReady: () => ready };
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
