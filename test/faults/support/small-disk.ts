import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A file system of its own, so small that a test can fill it. */
export type SmallDisk = {
  /** Where to put what is to run out of room. */
  folder: string;
  /** Fills it to the last block, and takes whatever is freed from then on. */
  fill(): Promise<void>;
  /** Gives all of that back. */
  free(): Promise<void>;
  freeBytes(): number;
  close(): Promise<void>;
};

/** A seeded cluster takes about 60 MB; PostgreSQL keeps up to 80 MB of WAL for reuse. */
const SIZE_MB = 256;
/** A folder that is named by mistake is not to cost somebody's disk. */
const LARGEST_MB = 1_024;
const MB = 1024 * 1024;
const CHUNKS = [Buffer.alloc(MB), Buffer.alloc(4096)];
const LOOK_EVERY_MS = 20;

export function openSmallDisk(): SmallDisk {
  const given = process.env.FAULTS_SMALL_DISK;
  const mounted = given ? judged(given) : mountedAnew();
  const folder = join(mounted, 'disk');
  const ballast = join(mounted, 'ballast');
  let filling: { stop: AbortController; ended: Promise<void> } | undefined;
  const free = async () => {
    filling?.stop.abort();
    await filling?.ended;
    filling = undefined;
    rmSync(ballast, { force: true });
  };
  return {
    folder,
    fill: async () => {
      const file = await open(ballast, 'a');
      await fillUp(file);
      const stop = new AbortController();
      filling = { stop, ended: keepFull(file, stop.signal) };
    },
    free,
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(mounted);
      return bavail * bsize;
    },
    close: async () => {
      await free();
      if (given) rmSync(folder, { recursive: true, force: true });
      else unmount(mounted);
    },
  };
}

function mountedAnew(): string {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-small-disk-'));
  const options = `size=${SIZE_MB}m,mode=0755`;
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (status === 0) return folder;
  rmSync(folder, { recursive: true });
  throw new Error(
    `No small file system can be mounted: ${(error?.message ?? stderr).trim()}
    This test fills one up. As root on Linux it mounts it by itself. Otherwise mount one of ${SIZE_MB} MB, such as
      sudo mount -t tmpfs -o size=${SIZE_MB}m,uid=$(id -u) tmpfs <folder>
    on Linux or a RAM disk on macOS, and say where it is: FAULTS_SMALL_DISK=<folder>`,
  );
}

function judged(folder: string): string {
  const { blocks, bsize } = statfsSync(folder);
  const sizeMb = Math.round((blocks * bsize) / MB);
  if (sizeMb > LARGEST_MB)
    throw new Error(`FAULTS_SMALL_DISK has ${sizeMb} MB, and would be filled: at most ${LARGEST_MB}.`);
  for (const name of ['disk', 'ballast'])
    if (existsSync(join(folder, name))) throw new Error(`FAULTS_SMALL_DISK has a ${name} already.`);
  return folder;
}

/** What still works in it must not keep the test from its end. */
function unmount(folder: string): void {
  const { status, stderr } = spawnSync('umount', ['-l', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  rmSync(folder, { recursive: true });
}

async function keepFull(file: FileHandle, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await fillUp(file);
    await sleep(LOOK_EVERY_MS);
  }
  await file.close();
}

async function fillUp(file: FileHandle): Promise<void> {
  for (const chunk of CHUNKS) while (await isWritten(file, chunk));
}

async function isWritten(file: FileHandle, chunk: Buffer): Promise<boolean> {
  try {
    await file.write(chunk);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
