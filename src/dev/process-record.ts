import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** A process as it is written down: pids are reused, a pid together with its start time is not. */
interface ProcessRecord {
  pid: number;
  started: string;
}

const LOCK_ATTEMPTS = 5;

/** Writes down a running process, so that a later start recognises it. */
export function recordProcess(file: string, pid: number): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ pid, started: startOf(pid) ?? 'ended' }));
  renameSync(temporary, file);
}

/** The pid in the record, if the very process that was written down is still alive. */
export function recordedPid(file: string): number | undefined {
  const record = readRecord(file);
  return record !== undefined && isAlive(record) ? record.pid : undefined;
}

/**
 * Takes the file as a lock for this process. Returns the pid of the live process that has it
 * already, or undefined when this process has it now.
 */
export function takeLock(file: string): number | undefined {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  try {
    for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt += 1) {
      // A link appears with its content and fails when the name exists, so only one process gets it.
      if (tryFileOperation(() => linkSync(mine, file))) return undefined;
      const owner = recordedPid(file);
      if (owner !== undefined) return owner;
      removeStaleLock(file);
    }
    throw new Error(`Cannot take the lock ${file}.`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Two processes may find the same dead owner; the slower one must not take away the new lock. */
function removeStaleLock(file: string): void {
  const aside = `${file}.${process.pid}.stale`;
  if (!tryFileOperation(() => renameSync(file, aside))) return;
  if (recordedPid(aside) !== undefined) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

function tryFileOperation(operation: () => void): boolean {
  try {
    operation();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  }
}

function readRecord(file: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: ProcessRecord): boolean {
  return startOf(pid) === started;
}

/** When the process was started, as the system tells it; undefined when it is gone (or a zombie). */
function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
}

function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${fields[18]}`;
  } catch {
    return undefined;
  }
}

function startByPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
