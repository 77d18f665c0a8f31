import { Connection } from '@temporalio/client';
import { type RunningProcess, launch, untilReady } from './running-process.ts';
import { addSearchAttributes, readTemporalConfig, searchAttributes } from './temporal-config.ts';

interface TemporalServerOptions {
  /** The Temporal CLI, see findTemporalBinary. */
  binary: string;
  port: number;
  uiPort?: number;
  /** Without a file, workflows die with the server. */
  dbFilename?: string;
  headless?: boolean;
  namespace?: string;
  logFile?: string;
  recordFile?: string;
  detached?: boolean;
  signal?: AbortSignal;
}

interface RunningTemporalServer extends RunningProcess {
  address: string;
}

export const TEMPORAL_STOP_SIGNAL = 'SIGTERM';
const STOP_SECONDS = 5;
const READY_SECONDS = 30;
const RECONNECT_MS = 50; // gRPC's own second would make up most of the start.

/** Lets a test move one running workflow forward. Never on a production server: it is not in the shared file. */
const ONLY_IN_DEVELOPMENT = ['frontend.WorkflowTimeSkippingEnabled=true'];

/** Each commit waits for the log only; whole after a crash of any process, if not after a power cut. */
const SQLITE_PRAGMAS = ['journal_mode=wal', 'synchronous=normal'];

/**
 * Starts a Temporal development server on 127.0.0.1 and waits until its namespace answers. The search attributes that
 * the server is told to have are made with a new namespace only: in one of an earlier release, what is missing is added.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<RunningTemporalServer> {
  const { binary, port, namespace = 'default', signal } = options;
  const running = await launch({
    command: binary,
    args: argumentsFor({ ...options, namespace }),
    cwd: '/',
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stopSignal: TEMPORAL_STOP_SIGNAL,
    stopSeconds: STOP_SECONDS,
    logFile: options.logFile,
    recordFile: options.recordFile,
    detached: options.detached,
  });
  const address = `127.0.0.1:${port}`;
  await untilReady(running, () => namespaceAnswers(address, namespace), { seconds: READY_SECONDS, signal });
  if (options.dbFilename !== undefined) {
    const connection = await Connection.connect({ address });
    try {
      await addSearchAttributes(connection, namespace);
    } finally {
      await connection.close();
    }
  }
  return { ...running, address };
}

function argumentsFor(options: TemporalServerOptions & { namespace: string }): string[] {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port)];
  args.push('--namespace', options.namespace, '--log-level', 'warn', '--disable-config-file');
  if (options.headless) args.push('--headless');
  else if (options.uiPort !== undefined) args.push('--ui-port', String(options.uiPort));
  if (options.dbFilename !== undefined) {
    args.push('--db-filename', options.dbFilename);
    for (const pragma of SQLITE_PRAGMAS) args.push('--sqlite-pragma', pragma);
  }
  for (const value of [...dynamicConfigValues(), ...ONLY_IN_DEVELOPMENT]) {
    args.push('--dynamic-config-value', value);
  }
  for (const [name, type] of Object.entries(searchAttributes())) {
    args.push('--search-attribute', `${name}=${type}`);
  }
  return args;
}

/** Reads the one form that the file is written in: a key, then its only value. */
function dynamicConfigValues(): string[] {
  const text = readTemporalConfig('dynamic-config.yaml').replaceAll(/^\s*#.*\n/gm, '');
  const entry = /^([\w.]+):\n {2}- value: (.+)\n/gm;
  const values = [...text.matchAll(entry)].map(([, key, value]) => `${key}=${value}`);
  const unread = text.replaceAll(entry, '').trim();
  if (unread !== '') throw new Error(`temporal-config/dynamic-config.yaml: not understood: ${unread}`);
  return values;
}

async function namespaceAnswers(address: string, namespace: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({
      address,
      connectTimeout: '1s',
      channelArgs: { 'grpc.initial_reconnect_backoff_ms': RECONNECT_MS },
    });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + 1000, () => workflowService.describeNamespace({ namespace }));
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
