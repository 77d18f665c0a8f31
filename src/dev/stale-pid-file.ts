import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is left of a server that was killed ends by itself, at the latest after its query. */
const ENDS_WITHIN_MS = 5_000;
const PROBE_INTERVAL_MS = 50;

/**
 * Removes the pid file of a PostgreSQL that was killed, once no process of its cluster lives. PostgreSQL
 * itself asks only whether the pid is taken, and would refuse to start: another program may have it after a
 * crash of the machine, and a killed server keeps it until somebody collects it, which not every container
 * does. Where the cluster is still in use, the file stays, and PostgreSQL judges.
 */
export async function removeStalePidFile(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(pidFile)) return;
  const deadline = Date.now() + ENDS_WITHIN_MS;
  while (isInUse(cluster)) {
    if (Date.now() > deadline) return;
    await sleep(PROBE_INTERVAL_MS);
  }
  rmSync(pidFile, { force: true });
}

/** Every process of a PostgreSQL works in the folder of its cluster. */
function isInUse(cluster: string): boolean {
  const folder = realpathSync(cluster);
  const { uid } = statSync(cluster);
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && isPostgresIn(folder, uid, entry));
}

function isPostgresIn(folder: string, uid: number, pid: string): boolean {
  try {
    const [, name, state] = /\((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const lives = state !== 'Z' && state !== 'X';
    return name === 'postgres' && lives && worksIn(folder, uid, pid);
  } catch {
    return false; // It has ended meanwhile.
  }
}

function worksIn(folder: string, uid: number, pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    // A container may hide it even from root; then whatever runs under the cluster's account counts.
    return statSync(`/proc/${pid}`).uid === uid;
  }
}
