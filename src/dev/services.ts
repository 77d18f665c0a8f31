import type { DataFolder } from './data-folder.ts';
import { type KeptProcess, keepRunning } from './keep-running.ts';
import { lastLines } from './log-file.ts';
import type { RunningProcess } from './running-process.ts';
import type { Terminal } from './terminal.ts';

type ServiceName = 'api' | 'worker' | 'temporal' | 'postgres';

export type Services = ReturnType<typeof openServices>;

/** Whoever uses another stops before it; those in one row stop together. */
const STOP_ORDER: ServiceName[][] = [['api', 'worker'], ['temporal'], ['postgres']];
const LOG_LINES_SHOWN = 8;
const LOG_LINE_WIDTH = 200;

/** The processes of the stack: started, kept running and stopped in order. */
export function openServices(data: DataFolder, terminal: Terminal) {
  const kept = new Map<ServiceName, KeptProcess>();
  let onRestart: (() => void) | undefined;

  return {
    /** Starts a service and keeps it running; rejects, with the end of its log, when it cannot start. */
    async keep(
      name: ServiceName,
      launch: (signal: AbortSignal) => Promise<RunningProcess>,
      signal: AbortSignal,
    ): Promise<void> {
      const process = await keepRunning({
        launch,
        signal,
        onFailure(reason, pauseSeconds) {
          terminal.warn(`${name} ${reason}; it is started again in ${pauseSeconds} s`);
          for (const line of lastLines(data.logFile(name), LOG_LINES_SHOWN)) {
            terminal.note(line.slice(0, LOG_LINE_WIDTH));
          }
        },
        onRestart() {
          terminal.restarted(name, kept.get(name)?.pid);
          onRestart?.();
        },
      }).catch((error: Error) => {
        throw new Error(`${name} ${error.message}; its log is ${data.logFile(name)}`, { cause: error });
      });
      kept.set(name, process);
    },

    pid: (name: ServiceName) => kept.get(name)?.pid,

    /** Called each time a service is ready again after it had died. */
    whenRestarted(listener: () => void): void {
      onRestart = listener;
    },

    async stopAll(): Promise<void> {
      for (const names of STOP_ORDER) {
        const running = names.filter((name) => kept.has(name));
        if (running.length === 0) continue;
        await terminal.step(running.join(' and '), async () => {
          await Promise.all(running.map((name) => kept.get(name)?.stop() ?? Promise.resolve()));
          return 'stopped';
        });
      }
    },
  };
}
