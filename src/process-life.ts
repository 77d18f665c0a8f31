import type { Log } from './log.ts';

/** Tells a supervisor that waits on the IPC channel that this process serves. */
export function tellReady(): void {
  process.send?.({ type: 'ready' });
}

/**
 * Calls `stop` once, at the first SIGTERM or SIGINT, or when the supervisor that started this process is
 * gone: a process without it would hold its port against the next start.
 */
export function onStop(log: Log, stop: () => void | Promise<void>): void {
  let stopping = false;
  const stopFor = (reason: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    void stop();
  };
  process.on('SIGTERM', () => stopFor('SIGTERM'));
  process.on('SIGINT', () => stopFor('SIGINT'));
  if (process.send) process.on('disconnect', () => stopFor('supervisor gone'));
}
