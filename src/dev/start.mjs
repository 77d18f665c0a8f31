// The first step of `npm start`. It runs on the machine's own Node (20 or later) before anything is
// installed, so it is plain JavaScript that imports nothing but Node's own modules.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const projectNode = join(root, 'node_modules', '.bin', 'node');
const nodeMajor = Number(process.versions.node.split('.')[0]);

const help = `Starts the whole of Allotment on this machine, for development: PostgreSQL, a Temporal
server with its Web UI, the API and the worker, with demo partners and their keys.

Usage: npm start [-- --help]

Environment:
  PORT               port of the API (8080 when free; 0 = any free port)
  ALLOTMENT_DATA     folder of all data, logs and secrets (.allotment); delete it to start over
  ALLOTMENT_CACHE    folder of fetched programs (.cache)
  DATABASE_URL       use this PostgreSQL instead of the embedded one
  TEMPORAL_ADDRESS   use this Temporal instead of the embedded server (with TEMPORAL_NAMESPACE,
                     TEMPORAL_API_KEY, TEMPORAL_TLS…, or TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE)
  TEMPORAL_UI_URL    where that Temporal's Web UI is
  NO_COLOR           plain output

Everything else that is set reaches the API and the worker as it is. Ctrl-C stops it all; data stays.`;

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(help);
} else if (process.platform === 'win32') {
  fail('The development stack runs on Linux and macOS. On Windows, use WSL.');
} else {
  const resumed = process.argv.includes('--installed');
  const installed = !resumed && installMissingPackages();
  if (nodeMajor >= 24 && !installed) {
    const { runSupervisor } = await import('./supervisor.ts');
    process.exit(await runSupervisor(root, process.env));
  }
  if (resumed) fail(`node_modules holds Node ${process.versions.node}, but Node 24 is needed: run npm ci.`);
  goOnUnderProjectNode();
}

/** Returns whether packages had to be installed. */
function installMissingPackages() {
  if (packagesMatchLockFile()) return false;
  if (stackIsRunning()) return false; // Its packages must not change under it; the supervisor reports it.
  console.log('Installing packages (npm ci) …');
  const npm = spawnSync('npm', ['ci', '--include=dev', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    // npm is about to replace node_modules: it must not run on the Node that lies in there.
    env: { ...process.env, PATH: pathWithout(dirname(projectNode)) },
  });
  if (npm.status !== 0) fail('npm ci failed, see above; nothing was started.');
  return true;
}

/** Compares contents: the times of files say nothing after a copy or a checkout. */
function packagesMatchLockFile() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  const present = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (present === undefined || !existsSync(projectNode)) return false;
  // Packages for other platforms are optional and absent; a wrong version is never right.
  const complete = Object.entries(wanted).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || (present[path] ? present[path].version === version : optional || devOptional),
  );
  return complete && Object.keys(present).every((path) => path in wanted);
}

function stackIsRunning() {
  const owner = readJson(
    join(process.env.ALLOTMENT_DATA || join(root, '.allotment'), 'run', 'supervisor.json'),
  );
  if (!Number.isInteger(owner?.pid)) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch {
    return false;
  }
}

function goOnUnderProjectNode() {
  const supervisor = spawn(projectNode, [fileURLToPath(import.meta.url), '--installed'], {
    // The channel tells the supervisor when this process has died without a word.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  supervisor.on('error', (error) => fail(`Cannot run ${projectNode}: ${error.message}`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => supervisor.kill(signal));
  supervisor.on('exit', (code) => process.exit(code ?? 1));
}

function pathWithout(folder) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.filter((entry) => entry !== folder).join(delimiter);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
