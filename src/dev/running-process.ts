import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from './log-file.ts';
import { recordProcess, recordedPid } from './process-record.ts';

export interface RunningProcess {
  readonly pid: number;
  /** Settles when the process has ended, with what ended it. */
  readonly exited: Promise<string>;
  /** Asks it to stop and waits; kills it when it takes too long. */
  stop(): Promise<void>;
  /** Kills it at once and waits, as a crash would. */
  kill(): Promise<void>;
}

/** How a process is to run: where its output goes, how it is found again, how it is stopped. */
interface ProcessPlan {
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  user?: { uid: number; gid: number } | undefined;
  stopSignal: NodeJS.Signals;
  stopSeconds: number;
  /** Its output is thrown away when there is no file for it. */
  logFile?: string | undefined;
  /** Where it is written down for a later start. */
  recordFile?: string | undefined;
  /** In a process group of its own, which the terminal's Ctrl-C does not reach. */
  detached?: boolean | undefined;
  onMessage?: (message: unknown) => void;
}

const PROBE_INTERVAL_MS = 50;
const LEFTOVER_STOP_SECONDS = 15;

/** Starts a process; rejects when it cannot be started at all. */
export async function launch(plan: ProcessPlan): Promise<RunningProcess> {
  const output = plan.logFile === undefined ? 'ignore' : openLog(plan.logFile);
  const child = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: plan.env,
    ...plan.user,
    detached: plan.detached ?? false,
    stdio: plan.onMessage ? ['ignore', output, output, 'ipc'] : ['ignore', output, output],
  });
  if (typeof output === 'number') closeSync(output);
  const exited = exitOf(child);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid as number;
  if (plan.onMessage) child.on('message', plan.onMessage);
  const { recordFile } = plan;
  if (recordFile !== undefined) {
    recordProcess(recordFile, pid);
    void exited.then(() => rmSync(recordFile, { force: true }));
  }
  return {
    pid,
    exited,
    async stop() {
      child.kill(plan.stopSignal);
      const stopped = await Promise.race([exited, sleep(plan.stopSeconds * 1000, undefined, { ref: false })]);
      if (stopped === undefined) child.kill('SIGKILL');
      await exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

/** Waits until the probe says yes; a process that is not ready in time, or not wanted any more, is stopped. */
export async function untilReady(
  running: RunningProcess,
  probe: () => Promise<boolean>,
  { seconds, signal }: { seconds: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let ended: string | undefined;
  void noteEnd();
  try {
    for (;;) {
      const ready = await probe();
      signal?.throwIfAborted();
      // Looked at after the probe: the answer may have come from somebody else on the same port.
      if (ended !== undefined) throw new Error(`ended while starting (${ended})`);
      if (ready) return;
      if (Date.now() > deadline) throw new Error(`was not ready after ${seconds} s`);
      await sleep(PROBE_INTERVAL_MS);
    }
  } catch (error) {
    await running.stop();
    throw error;
  }

  async function noteEnd() {
    ended = await running.exited;
  }
}

/** Stops a process that an earlier start wrote down and left behind. Returns its pid if there was one. */
export async function stopRecorded(
  recordFile: string,
  stopSignal: NodeJS.Signals,
): Promise<number | undefined> {
  const pid = recordedPid(recordFile);
  if (pid !== undefined) {
    signalIfAlive(pid, stopSignal);
    const deadline = Date.now() + LEFTOVER_STOP_SECONDS * 1000;
    while (recordedPid(recordFile) !== undefined) {
      if (Date.now() > deadline) signalIfAlive(pid, 'SIGKILL');
      await sleep(PROBE_INTERVAL_MS);
    }
  }
  rmSync(recordFile, { force: true });
  return pid;
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
