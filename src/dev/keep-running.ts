import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProcess } from './running-process.ts';

export interface KeptProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

interface Keeping {
  /** Starts the process and settles when it is ready; gives up when the signal is aborted. */
  launch(signal: AbortSignal): Promise<RunningProcess>;
  /** The process died or could not be started; it is tried again after the pause. */
  onFailure(reason: string, pauseSeconds: number): void;
  /** The process is ready again after it had died. */
  onRestart(): void;
  /** Ends all trying, also during the first start. */
  signal: AbortSignal;
}

const FIRST_PAUSE_SECONDS = 0.25;
const LONGEST_PAUSE_SECONDS = 8;
/** After this long, a death is a new story and the pauses begin short again. */
const STEADY_SECONDS = 60;
const ATTEMPTS_AT_START = 3;

/**
 * Starts a process and starts it again whenever it dies, with growing pauses. Rejects only when
 * it cannot be started in the first place; later it is tried for ever.
 */
export async function keepRunning(keeping: Keeping): Promise<KeptProcess> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([keeping.signal, stopping.signal]);
  let failures = 0;
  let current = await launchRepeatedly(ATTEMPTS_AT_START);
  const watching = watch();

  async function watch(): Promise<void> {
    for (;;) {
      const readyAt = Date.now();
      const reason = await current.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - readyAt > STEADY_SECONDS * 1000) failures = 0;
      try {
        await pauseAfter(`died (${reason})`);
        current = await launchRepeatedly(Number.POSITIVE_INFINITY);
      } catch {
        return; // Only a stop ends the trying.
      }
      keeping.onRestart();
    }
  }

  async function launchRepeatedly(attempts: number): Promise<RunningProcess> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await keeping.launch(signal);
      } catch (error) {
        if (signal.aborted || attempt >= attempts) throw error;
        await pauseAfter(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async function pauseAfter(reason: string): Promise<void> {
    signal.throwIfAborted();
    const pauseSeconds = Math.min(FIRST_PAUSE_SECONDS * 2 ** failures, LONGEST_PAUSE_SECONDS);
    failures += 1;
    keeping.onFailure(reason, pauseSeconds);
    await sleep(pauseSeconds * 1000, undefined, { signal });
  }

  return {
    get pid() {
      return current.pid;
    },
    async stop() {
      stopping.abort();
      await current.stop();
      await watching;
    },
  };
}
