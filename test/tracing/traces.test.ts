import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { createLog } from '../../src/log.ts';
import { startTracing } from '../../src/tracing/start-tracing.ts';
import { type CollectedSpan, openCollector } from '../support/collector.ts';
import { historyFromJson } from '../support/history.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { startProcesses } from '../support/own-processes.ts';
import { breakdown, customer, SATURDAY } from '../support/sale.ts';
import { signWebhook } from '../../src/webhooks/standard-webhook.ts';

/** Each case starts processes of its own, and a worker bundles its workflows first. */
const PATIENCE_MS = 120_000;
const SERVER = 2; // As the protocol numbers the kinds of spans.
const STRANGERS_TRACE = '0af7651916cd43dd8448eb211c80319c';

let house: House;
let processes: ReturnType<typeof startProcesses>;
beforeAll(async () => {
  house = await openHouse();
  processes = startProcesses(house);
});
afterAll(async () => {
  processes.close();
  await house.close();
});

/** One unit reserved, ordered, paid by a notification, and its run at its end. */
async function sell(url: string) {
  const call = async (path: string, body: object, headers: Record<string, string>) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, string>;
  };
  const key = {
    'X-API-Key': house.keys.ota,
    traceparent: `00-${STRANGERS_TRACE}-b7ad6b7169203331-01`,
  };
  const { reservation_id: reservationId = '' } = await call(
    '/api/ota/reserve',
    { product_id: 106, quantity: 1 },
    key,
  );
  const order = {
    reservation_id: reservationId,
    customer_details: customer,
    pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
  };
  const { order_id: orderId = '' } = await call('/api/ota/orders', order, key);
  const paid = {
    order_id: orderId,
    payment_status: 'SUCCESS',
    payment_reference: `pay-${randomUUID()}`,
    paid_at: new Date().toISOString(),
  };
  const id = `msg_${randomUUID()}`;
  const now = Math.floor(Date.now() / 1000);
  await call('/payments/notify', paid, {
    'webhook-id': id,
    'webhook-timestamp': String(now),
    'webhook-signature': signWebhook(house.webhookSecret, id, now, JSON.stringify(paid)),
  });
  const look = async () => {
    const [ticket] = await house.sql<{ code: string }>(
      'select ticket_code as code from tickets where order_id = $1',
      [orderId],
    );
    return ticket;
  };
  const { code: ticketCode } = await eventually('the ticket', look, PATIENCE_MS);
  return { reservationId, orderId, ticketCode };
}

describe('a traced sale', () => {
  let collector: Awaited<ReturnType<typeof openCollector>>;
  let sale: Awaited<ReturnType<typeof sell>>;
  let logLines: Record<string, unknown>[];
  let ends: (number | string)[];

  beforeAll(async () => {
    collector = await openCollector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const [api, worker] = await Promise.all([processes.start('server', env), processes.start('worker', env)]);
    sale = await sell(api.url);
    ends = [await api.stop(), await worker.stop()];
    logLines = [...api.lines(), ...worker.lines()];
  }, PATIENCE_MS);
  afterAll(async () => {
    await collector.close();
  });

  const ofOperation = (name: string): CollectedSpan => {
    const span = collector.spans.find((one) => one.name === name && one.kind === SERVER);
    if (!span) throw new Error(`There is no span ${name}`);
    return span;
  };
  /** The paths of all spans of a trace, from the span up to the root. */
  const pathsIn = (traceId: string) =>
    collector.spans
      .filter((span) => span.traceId === traceId)
      .map((span) => [span.service, ...collector.pathOf(span)].join(' < '));

  it('is one trace from the call through command, run and step to the statements', () => {
    const { traceId, parentSpanId } = ofOperation('reserve');
    expect(parentSpanId).toBe('');
    const run = 'RunWorkflow:reservationWorkflow < StartWorkflow:reservationWorkflow';
    const command = 'deliver start_reservation < reserve';
    expect(pathsIn(traceId)).toEqual(
      expect.arrayContaining([
        'allotment-api < reserve',
        'allotment-api < admit < reserve',
        expect.stringMatching(
          /^allotment-api < insert channel_reservations, .*workflow_commands.* < reserve$/,
        ),
        `allotment-api < ${command}`,
        `allotment-api < StartWorkflow:reservationWorkflow < ${command}`,
        `allotment-worker < ${run} < ${command}`,
        `allotment-worker < StartActivity:fulfilOrder < ${run} < ${command}`,
        `allotment-worker < RunActivity:fulfilOrder < StartActivity:fulfilOrder < ${run} < ${command}`,
        expect.stringMatching(
          /^allotment-worker < .*insert tickets.* < RunActivity:fulfilOrder < StartActivity:fulfilOrder < /,
        ),
      ]),
    );
  });

  it('leads from the payment to the run that it wakes', () => {
    const signal = 'SignalWithStartWorkflow:reservationWorkflow < deliver wake_reservation < notifyPayment';
    const { traceId } = ofOperation('notifyPayment');
    expect(pathsIn(traceId)).toContain(`allotment-api < ${signal}`);
    const handled = collector.spans.find(({ name }) => name === 'HandleSignal:lookAgain');
    expect(handled).toMatchObject({ traceId, service: 'allotment-worker' });
    expect(handled?.attributes.workflowId).toBe(`reservation:${sale.reservationId}`);
  });

  it('names what a call was about, and mentions the trace of its caller without going on with it', () => {
    const { traceId, attributes, links } = ofOperation('placeOrder');
    expect(attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/api/ota/orders',
      'http.response.status_code': 201,
      'allotment.partner': expect.any(String),
      'allotment.reservation_id': sale.reservationId,
      'allotment.order_id': sale.orderId,
    });
    expect(traceId).not.toBe(STRANGERS_TRACE);
    expect(links).toEqual([STRANGERS_TRACE]);
  });

  it('holds no customer, key, secret or ticket', () => {
    const secrets = [customer.name, customer.email, house.keys.ota, house.webhookSecret, sale.ticketCode];
    for (const secret of secrets) {
      expect(secret).not.toBe('');
      expect(collector.text()).not.toContain(secret);
    }
  });

  it('shows in the log lines of its calls', () => {
    const line = logLines.find(({ msg, operation }) => msg === 'request' && operation === 'reserve');
    expect(line?.trace_id).toBe(ofOperation('reserve').traceId);
  });

  it('is exported to its end when the processes are stopped, each span with its parents', () => {
    expect(ends).toEqual([0, 0]);
    const paths = pathsIn(ofOperation('reserve').traceId);
    expect(paths.filter((path) => !path.endsWith(' < reserve'))).toEqual([]);
  });
});

describe('a command that the relay delivers later', () => {
  it(
    'goes on with the trace of its call',
    async () => {
      const collector = await openCollector();
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
      // Nobody listens at port 1: this API never reaches Temporal.
      const [api, worker] = await Promise.all([
        processes.start('server', { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' }),
        processes.start('worker', env),
      ]);
      await sell(api.url);
      await Promise.all([api.stop(), worker.stop()]);
      const root = collector.spans.find(({ name }) => name === 'reserve');
      const ofTrace = collector.spans.filter(({ traceId }) => traceId === root?.traceId);
      expect(ofTrace.filter(({ name }) => name === 'deliver start_reservation')).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ service: 'allotment-api', failed: true, parentSpanId: root?.spanId }),
          expect.objectContaining({ service: 'allotment-worker', failed: false, parentSpanId: root?.spanId }),
        ]),
      );
      // Whichever command comes first starts the run: that of the reserve, or that of the payment.
      const performed = collector.spans.find(({ name }) => name === 'RunActivity:fulfilOrder');
      const call = collector.spans.find(
        ({ traceId, parentSpanId }) => traceId === performed?.traceId && !parentSpanId,
      );
      expect(['reserve', 'activateOrder', 'notifyPayment']).toContain(call?.name);
      await collector.close();
    },
    PATIENCE_MS,
  );
});

describe('a collector that takes everything and answers nothing', () => {
  it(
    'keeps nobody from selling, nor the processes from their end',
    async () => {
      const collector = await openCollector({ answers: false });
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        // A few sales fill it.
        OTEL_BSP_MAX_QUEUE_SIZE: '64',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '32',
      };
      const [api, worker] = await Promise.all([
        processes.start('server', env),
        processes.start('worker', env),
      ]);
      for (let count = 0; count < 5; count += 1) await sell(api.url);
      expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
      expect(collector.text()).not.toBe('');
      await collector.close();
    },
    PATIENCE_MS,
  );
});

describe('without an address to export to', () => {
  it(
    "OpenTelemetry's SDK is not loaded, nor what hangs on it",
    async () => {
      const program = `
      import { createRequire } from 'node:module';
      await import('./src/run-api.ts');
      await import('./src/run-worker.ts');
      const { startTracing } = await import('./src/tracing/start-tracing.ts');
      const tracing = await startTracing({ exportsTraces: false }, 'allotment-api');
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      const packages = loaded.map((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
      console.log(JSON.stringify({ tracing: tracing === undefined, packages: [...new Set(packages)] }));`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', program],
        {
          cwd: fileURLToPath(new URL('../..', import.meta.url)),
          env: { PATH: process.env.PATH },
        },
      );
      const { tracing, packages } = JSON.parse(stdout) as { tracing: boolean; packages: string[] };
      expect(tracing).toBe(true);
      expect(packages).toContain('@temporalio/worker');
      expect(packages.filter((name) => /opentelemetry/.test(name))).toEqual(['@opentelemetry/api']);
    },
    PATIENCE_MS,
  );
});

describe('runs that began untraced', () => {
  const folder = new URL('../replay/histories/', import.meta.url);
  const histories = readdirSync(folder);
  let code: string;
  let tracing: NonNullable<Awaited<ReturnType<typeof startTracing>>>;

  beforeAll(async () => {
    const started = await startTracing(
      { exportsTraces: true },
      'allotment-worker',
      createLog('test', 'silent'),
    );
    if (!started) throw new Error('not traced');
    tracing = started;
    ({ code } = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
      workflowInterceptorModules: tracing.workflows.interceptorModules,
      logger: new DefaultLogger('WARN'),
    }));
  }, PATIENCE_MS);
  afterAll(async () => {
    await tracing.stop();
  });

  it.each(histories)('replay on a worker that traces: %s', async (name) => {
    const history = historyFromJson(readFileSync(new URL(name, folder), 'utf8'));
    const replays = Worker.runReplayHistories(
      { workflowBundle: { code }, sinks: tracing.workflows.sinks, replayName: `traced replay of ${name}` },
      [{ workflowId: 'replayed', history }],
    );
    for await (const { error } of replays) expect(error).toBeUndefined();
    expect.assertions(1);
  });
});
