import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';

const ROTATE_ABOVE_BYTES = 20 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

/** Opens a log for appending; one that has grown large becomes `.1` first. Returns the descriptor. */
export function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_ABOVE_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/** The last lines of a log, or none when it cannot be read. */
export function lastLines(file: string, count: number): string[] {
  let log: number;
  try {
    log = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(log);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(log, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count);
  } finally {
    closeSync(log);
  }
}
