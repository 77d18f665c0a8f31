import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { APPLICATION_STOP_SIGNAL } from './application.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { POSTGRES_STOP_SIGNAL } from './postgres.ts';
import { takeLock } from './process-record.ts';
import { stopRecorded } from './running-process.ts';
import { openServices } from './services.ts';
import { startStack } from './stack.ts';
import { TEMPORAL_STOP_SIGNAL } from './temporal-server.ts';
import { type Terminal, openTerminal } from './terminal.ts';

/** Why everything ends when nothing has failed. */
class StopRequest extends Error {}

/** In the order in which they must end: whoever uses another goes first. */
const LEFTOVERS = [
  { name: 'api', stopSignal: APPLICATION_STOP_SIGNAL },
  { name: 'worker', stopSignal: APPLICATION_STOP_SIGNAL },
  { name: 'temporal', stopSignal: TEMPORAL_STOP_SIGNAL },
  { name: 'postgres', stopSignal: POSTGRES_STOP_SIGNAL },
] as const;

/** Runs the development stack until it is told to stop. Returns the exit code. */
export async function runSupervisor(root: string, env: NodeJS.ProcessEnv): Promise<number> {
  const terminal = openTerminal();
  const ending = endOnRequest(terminal);
  const data = openDataFolder(resolve(env.ALLOTMENT_DATA || join(root, '.allotment')));
  const owner = takeLock(data.lockFile);
  if (owner !== undefined) {
    const url = data.readDescription()?.api_url;
    const where = url === undefined ? 'and is still starting' : `at ${url}`;
    terminal.problem(`Allotment runs already on ${data.path}: pid ${owner}, ${where}. Nothing was changed.`);
    return 1;
  }

  const services = openServices(data, terminal);
  const { signal } = ending;
  try {
    data.removeDescription();
    await stopLeftovers(data, terminal);
    await startStack({ root, env, data, terminal, services, signal }, (reason) => ending.abort(reason));
    await endOf(signal);
    return 0;
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error;
    if (reason instanceof StopRequest) return 0;
    terminal.problem(reason instanceof Error ? reason.message : String(reason));
    return 1;
  } finally {
    ending.abort();
    data.removeDescription();
    await services.stopAll();
    rmSync(data.lockFile, { force: true });
  }
}

/** A signal to the whole group arrives twice where npm or the first step passes it on; one is enough. */
function endOnRequest(terminal: Terminal): AbortController {
  const ending = new AbortController();
  const end = (reason: string) => {
    if (ending.signal.aborted) return;
    terminal.print('');
    terminal.print(`Stopping (${reason}) …`);
    ending.abort(new StopRequest(reason));
  };
  process.on('SIGINT', () => end('Ctrl-C'));
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGHUP', () => end('the terminal was closed'));
  process.on('disconnect', () => end('the starting process is gone'));
  return ending;
}

/** After a `kill -9` of the supervisor, PostgreSQL and Temporal are still there with the data open. */
async function stopLeftovers(data: DataFolder, terminal: Terminal): Promise<void> {
  for (const { name, stopSignal } of LEFTOVERS) {
    const pid = await stopRecorded(data.recordFile(name), stopSignal);
    if (pid !== undefined) terminal.warn(`Stopped ${name} (pid ${pid}), left behind by an earlier start.`);
  }
}

function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
