import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { migrateAndSeed } from '../../src/db/prepare.ts';
import { buildPages } from '../../src/dev/build-pages.ts';
import { freePort } from '../../src/dev/ports.ts';
import { ensureDatabase, startPostgres } from '../../src/dev/postgres.ts';
import type { RunningProcess } from '../../src/dev/running-process.ts';
import { findTemporalBinary } from '../../src/dev/temporal-binary.ts';
import { startTemporalServer } from '../../src/dev/temporal-server.ts';
import { TEMPLATE_DATABASE } from './database.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const servers: RunningProcess[] = [];
let folder: string | undefined;
let cleaner: ChildProcess | undefined;

/**
 * Starts one PostgreSQL and one Temporal for all test files, and bundles the workflows and builds the pages
 * once. The test files find them by these variables:
 * - TEST_DATABASE_SERVER_URL: the server without a database, see cloneDatabase;
 * - TEST_TEMPORAL_ADDRESS, and TEST_TEMPORAL_BINARY to start another one with startTemporalServer;
 * - TEST_WORKFLOW_BUNDLE: the file to pass to a worker as `workflowBundle: { codePath }`.
 */
export default async function globalSetup(): Promise<void> {
  mkdirSync(join(root, 'coverage'), { recursive: true }); // Jest writes its results there, but makes no folder.
  folder = mkdtempSync(join(tmpdir(), 'allotment-test-'));
  // Where one fails, the others are waited for: what starts later could not be stopped any more.
  const started = await Promise.allSettled([
    startDatabase(folder),
    startTemporal(),
    bundleWorkflows(folder),
    buildPages(),
  ]);
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stopServers();
    throw failed.reason;
  }
  cleaner = cleanUpWhenThisProcessDies(folder);
}

export async function stopServers(): Promise<void> {
  cleaner?.kill('SIGKILL');
  await Promise.all(servers.map((server) => server.stop()));
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

async function startDatabase(testFolder: string): Promise<void> {
  const postgres = await startPostgres({
    folder: join(testFolder, 'postgres'),
    password: 'test',
    port: await freePort(),
    durable: false,
    maxConnections: 200,
    logFile: join(testFolder, 'postgres.log'),
  });
  servers.push(postgres);
  await ensureDatabase(postgres.serverUrl, TEMPLATE_DATABASE);
  await migrateAndSeed(`${postgres.serverUrl}/${TEMPLATE_DATABASE}`);
  process.env.TEST_DATABASE_SERVER_URL = postgres.serverUrl;
}

async function startTemporal(): Promise<void> {
  const binary = await findTemporalBinary({
    cacheFolder: resolve(root, process.env.ALLOTMENT_CACHE || '.cache'),
    allowBuild: false,
    onProgress: (message) => process.stderr.write(`${message} …\n`),
  });
  const temporal = await startTemporalServer({ binary, port: await freePort(), headless: true });
  servers.push(temporal);
  process.env.TEST_TEMPORAL_ADDRESS = temporal.address;
  process.env.TEST_TEMPORAL_BINARY = binary;
}

async function bundleWorkflows(testFolder: string): Promise<void> {
  const workflowsPath = join(root, 'workflows', 'index.ts');
  if (!existsSync(workflowsPath)) return;
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const bundle = join(testFolder, 'workflow-bundle.js');
  writeFileSync(bundle, code);
  process.env.TEST_WORKFLOW_BUNDLE = bundle;
}

/** The pipe to it closes when this process ends in whatever way, a kill included. */
function cleanUpWhenThisProcessDies(testFolder: string): ChildProcess {
  const script = 'folder="$1"; shift; cat > /dev/null; kill -INT "$@"; sleep 2; rm -rf "$folder"';
  const pids = servers.map(({ pid }) => String(pid));
  const child = spawn('sh', ['-c', script, 'sh', testFolder, ...pids], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  return child;
}
