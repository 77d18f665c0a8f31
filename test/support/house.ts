import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { Pool } from 'pg';
import { type Config, readConfig } from '../../src/config.ts';
import { type EntityManager, openDatabase } from '../../src/db/open.ts';
import { workerPatience } from '../../src/db/patience.ts';
import { type Disagreement, findDisagreements } from '../../src/db/queries/find-disagreements.ts';
import { type DemoKeys, ensureDemoPartners } from '../../src/dev/demo-partners.ts';
import { createLog } from '../../src/log.ts';
import { runApi } from '../../src/run-api.ts';
import { runWorker } from '../../src/run-worker.ts';
import { generateSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { signWebhook } from '../../src/webhooks/standard-webhook.ts';
import { cloneDatabase } from './database.ts';

// What a worker tells of itself is nothing that a test says; what goes wrong in one is.
Runtime.install({ logger: new DefaultLogger('ERROR') });

export { eventually } from './eventually.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- an answer's body has whatever shape the test expects of it
export type Answer = { status: number; headers: Headers; body: any; text: string };
type KeyName = keyof DemoKeys | null;
type Asking = { key?: KeyName; headers?: Record<string, string> };
type Notice = Partial<{
  status: string;
  reference: string;
  amount: number;
  currency: string;
  webhookId: string;
  secret: string;
  timestampSeconds: number;
}>;

/** A whole house for a test file: its own database and task queue, a real API, and a worker when wanted. */
export type House = {
  url: string;
  config: Config;
  keys: DemoKeys;
  webhookSecret: string;
  get(path: string, asking?: Asking): Promise<Answer>;
  post(path: string, body?: unknown, asking?: Asking): Promise<Answer>;
  delete(path: string, asking?: Asking): Promise<Answer>;
  send(
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Answer>;
  /** A notification as the payment provider signs it. */
  notify(orderId: string, notice?: Notice): Promise<Answer>;
  sql<R extends object>(query: string, values?: unknown[]): Promise<R[]>;
  em(): EntityManager;
  disagreements(): Promise<Disagreement[]>;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  /** What the worker tells Prometheus. */
  workerMetrics(): Promise<string>;
  close(): Promise<void>;
};

export async function openHouse(
  options: { worker?: boolean; env?: Record<string, string> } = {},
): Promise<House> {
  const database = await cloneDatabase();
  const keys = await ensureDemoPartners(database.url, {});
  const keysFolder = mkdtempSync(join(tmpdir(), 'allotment-keys-'));
  writeFileSync(join(keysFolder, 'keys.json'), generateSigningKeySet(), { mode: 0o600 });
  const webhookSecret = `whsec_${randomBytes(24).toString('base64')}`;
  process.env.TEMPORAL_ADDRESS = options.env?.TEMPORAL_ADDRESS ?? process.env.TEST_TEMPORAL_ADDRESS ?? '';
  const config = readConfig({
    ALLOTMENT_ENV: 'development',
    DATABASE_URL: database.url,
    HOST: '127.0.0.1',
    PORT: '0',
    PUBLIC_URL: 'http://tickets.example',
    ALLOTMENT_SIGNING_KEYS: join(keysFolder, 'keys.json'),
    ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: webhookSecret,
    ALLOTMENT_RATE_LIMIT_PER_MINUTE: '1000000',
    // Tests say what is answered, not how fast: a loaded machine is no reason for a 503.
    ALLOTMENT_DATABASE_PATIENCE_MS: '30000',
    ALLOTMENT_TASK_QUEUE: `test-${randomUUID()}`,
    LOG_LEVEL: 'silent',
    ...options.env,
  });
  const log = createLog('test', config.logLevel);
  const api = await runApi(config, log);
  const url = `http://127.0.0.1:${api.port}`;
  const orm = await openDatabase(database.url, workerPatience, 4);
  const pool = new Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => {}); // Of a server that a test stops; the next query tells.
  let worker: Awaited<ReturnType<typeof runWorker>> | undefined;

  const send: House['send'] = async (method, path, body, headers) => {
    const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
    const text = await response.text();
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : null,
      text,
    };
  };
  const headersFor = ({ key = 'ota', headers = {} }: Asking): Record<string, string> => ({
    ...(key && { 'X-API-Key': keys[key] }),
    ...headers,
  });

  const house: House = {
    url,
    config,
    keys,
    webhookSecret,
    send,
    get: (path, asking = {}) => send('GET', path, undefined, headersFor(asking)),
    delete: (path, asking = {}) => send('DELETE', path, undefined, headersFor(asking)),
    post: (path, body, asking = {}) =>
      body === undefined
        ? send('POST', path, undefined, headersFor(asking))
        : send('POST', path, JSON.stringify(body), {
            'Content-Type': 'application/json',
            ...headersFor(asking),
          }),
    notify: (orderId, notice = {}) => {
      const body = JSON.stringify({
        order_id: orderId,
        payment_status: notice.status ?? 'SUCCESS',
        payment_reference: notice.reference ?? `pay-${randomUUID()}`,
        ...(notice.amount !== undefined && { amount: notice.amount }),
        ...(notice.currency !== undefined && { currency: notice.currency }),
        paid_at: new Date().toISOString(),
      });
      const id = notice.webhookId ?? `msg_${randomUUID()}`;
      const timestamp = notice.timestampSeconds ?? Math.floor(Date.now() / 1000);
      return send('POST', '/payments/notify', body, {
        'Content-Type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signWebhook(notice.secret ?? webhookSecret, id, timestamp, body),
      });
    },
    sql: async <R extends object>(query: string, values: unknown[] = []) =>
      (await pool.query(query, values)).rows as R[],
    em: () => orm.em.fork(),
    disagreements: () => findDisagreements(orm.em.fork()),
    startWorker: async () => {
      worker = await runWorker(config, log, {
        workflowBundle: { codePath: process.env.TEST_WORKFLOW_BUNDLE ?? '' },
      });
    },
    stopWorker: async () => {
      worker?.stop();
      await worker?.ended;
      worker = undefined;
    },
    workerMetrics: () => {
      if (!worker) throw new Error('The house has no worker.');
      return worker.scrape.read();
    },
    close: async () => {
      await house.stopWorker();
      await api.close();
      await pool.end();
      await orm.close();
      rmSync(keysFolder, { recursive: true, force: true });
      await database.drop();
    },
  };
  if (options.worker) await house.startWorker();
  return house;
}
