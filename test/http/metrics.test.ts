import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { freePort } from '../../src/dev/ports.ts';
import { createLog } from '../../src/log.ts';
import { runApi } from '../../src/run-api.ts';
import { type House, eventually, openHouse } from '../support/house.ts';
import { readExposition, type Sample, valueOf } from '../support/exposition.ts';
import { ordered, reserved, sold } from '../support/sale.ts';
import { testKeyOf } from '../support/test-partner.ts';

const scrape = async (url: string): Promise<Sample[]> => {
  const answer = await fetch(`${url}/metrics`);
  expect(answer.status).toBe(200);
  return readExposition(await answer.text());
};
/** A scrape is kept for some seconds, so what has just happened shows a little later. */
const shows = (url: string, what: string, isShown: (samples: Sample[]) => boolean): Promise<Sample[]> =>
  eventually(what, async () => {
    const samples = await scrape(url);
    return isShown(samples) && samples;
  });

describe('GET /metrics', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  it('answers in the text format of Prometheus, without a key and without a limit', async () => {
    const answer = await house.get('/metrics', { key: null });
    expect([answer.status, answer.headers.get('Content-Type'), answer.headers.get('RateLimit')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      null,
    ]);
    const samples = readExposition(answer.text);
    expect(valueOf(samples, 'allotment_build_info', { node: process.version })).toBe(1);
    expect(valueOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(valueOf(samples, 'allotment_database_up')).toBe(1);
  });

  it('counts requests by operation, method and status, never by what callers write', async () => {
    await reserved(house, 1);
    await reserved(house, 1);
    await house.post('/api/ota/reserve', { product_id: 106, quantity: 999_999 });
    await house.get(`/api/ota/reservations/${randomUUID()}`);
    await house.get('/docs/errors', { key: null });
    await house.send('GET', `/nothing/${randomUUID()}`, undefined, {});
    await house.send('PROPFIND', '/catalog', undefined, {});
    await fetch(`${house.url}/healthz`, { method: 'HEAD' });
    const counted = (samples: Sample[], operation: string) =>
      samples
        .filter(
          ({ name, labels, value }) =>
            name === 'allotment_http_requests_total' && labels.operation === operation && value > 0,
        )
        .map(({ labels: { method, status }, value }) => `${method} ${status}: ${value}`)
        .toSorted();
    const samples = await shows(house.url, 'the last request', (all) => counted(all, 'getHealth').length > 0);
    expect(counted(samples, 'reserve')).toEqual(['POST 201: 2', 'POST 409: 1']);
    expect(counted(samples, 'getReservation')).toEqual(['GET 404: 1']);
    expect(counted(samples, 'getHealth')).toEqual(['HEAD 200: 1']);
    expect(counted(samples, 'docs')).toEqual(['GET 200: 1']);
    expect(counted(samples, 'none')).toEqual(['any 404: 1', 'any 405: 1']);
    // So that the first one is an increase.
    const unexpected = { operation: 'reserve', method: 'POST', status: '500' };
    expect(valueOf(samples, 'allotment_http_requests_total', unexpected)).toBe(0);
    const ofReserve = { operation: 'reserve' };
    expect(valueOf(samples, 'allotment_http_request_duration_seconds_count', ofReserve)).toBe(3);
    expect(
      valueOf(samples, 'allotment_http_request_duration_seconds_bucket', { ...ofReserve, le: '+Inf' }),
    ).toBe(3);
    expect(valueOf(samples, 'allotment_http_request_duration_seconds_sum', ofReserve)).toBeGreaterThan(0);
    expect(new Set(samples.flatMap(({ labels }) => Object.keys(labels)))).toEqual(
      new Set([
        ...['operation', 'method', 'status', 'le', 'product', 'channel', 'by', 'outcome', 'pool', 'state'],
        ...['version', 'node', 'kind', 'type', 'space', 'major', 'minor', 'patch'],
      ]),
    );
  });

  it('tells of its connections', async () => {
    expect((await house.get('/api/ota/reconciliation?from=2026-11-01&to=2026-11-02')).status).toBe(200);
    const samples = await shows(
      house.url,
      'the connections of a report',
      (all) => valueOf(all, 'allotment_database_connections_max', { pool: 'reports' }) !== undefined,
    );
    for (const [pool, most] of [
      ['sales', 16],
      ['reports', 2],
      ['limits', 4],
    ] as const) {
      expect(valueOf(samples, 'allotment_database_connections_max', { pool })).toBe(most);
      expect(valueOf(samples, 'allotment_database_connections_waiting', { pool })).toBe(0);
    }
    expect(
      valueOf(samples, 'allotment_database_connections', { pool: 'sales', state: 'idle' }),
    ).toBeGreaterThan(0);
  });

  it('is answered once for all who ask at once, and looks into the database once for them', async () => {
    const looks = async () => {
      const [row] = await house.sql<{ calls: number }>(
        `select count(*)::int as calls from pg_stat_activity
          where application_name = 'allotment-metrics' and datname = current_database()`,
      );
      return row?.calls;
    };
    const texts = await Promise.all(
      Array.from({ length: 50 }, () => house.get('/metrics', { key: null }).then(({ text }) => text)),
    );
    expect(new Set(texts).size).toBe(1);
    expect(await looks()).toBe(1);
  });
});

describe('the figures of the database', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  const figures = [
    'holds_open',
    'holds_expiring_within_hour',
    'holds_overdue',
    'orders_unissued',
    'late_payments_undecided',
    'payments_in_review',
    'refunds_due',
    'commands_undelivered',
    'webhooks_pending',
    'webhooks_retrying',
  ];
  const read = (samples: Sample[]) =>
    Object.fromEntries(figures.map((name) => [name, valueOf(samples, `allotment_${name}`)]));

  it('are those of an empty house, then of what has happened, without test partners', async () => {
    const pool = { product: '106', channel: 'ota' };
    const empty = await scrape(house.url);
    expect(read(empty)).toEqual(Object.fromEntries(figures.map((name) => [name, 0])));
    expect(valueOf(empty, 'allotment_workers_live')).toBe(0);
    expect(valueOf(empty, 'allotment_pool_allocated_units', pool)).toBe(2_000);
    expect(valueOf(empty, 'allotment_pool_available_units', pool)).toBe(2_000);

    // No worker: nothing is issued, nothing expires.
    const [first, second, third] = [
      await reserved(house, 5),
      await reserved(house, 3),
      await reserved(house, 2),
    ];
    const [paid, disputed] = [await ordered(house, first, 2), await ordered(house, second, 1)];
    const late = await ordered(house, third, 1);
    const inDays = `clock_timestamp() - interval '2 days'`;
    await house.notify(paid.order_id);
    await house.notify(disputed.order_id, { amount: 1, currency: 'HKD' });
    await house.sql(`update orders set paid_at = ${inDays} where order_id = $1`, [paid.order_id]);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() + interval '30 minutes'
                      where reservation_id = $1`,
      [first],
    );
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() - interval '5 minutes'
                      where reservation_id = $1`,
      [second],
    );
    await house.notify(late.order_id, { amount: 1 });
    await house.sql(
      `insert into refunds (refund_id, order_id, payment_id, amount, currency, reason)
       select gen_random_uuid(), order_id, payment_id, 1, 'HKD', 'for the test' from payments where order_id = $1`,
      [late.order_id],
    );
    await house.sql(`update payments set verdict = 'refund_due', awaits_units = true where order_id = $1`, [
      late.order_id,
    ]);
    await house.sql(
      `insert into workflow_commands (workflow_id, kind, payload, created_at, due_at)
       values ('reservation:x', 'wake_reservation', '{}', ${inDays}, 'infinity')`,
    );
    const endpoint = randomUUID();
    await house.sql(
      `insert into webhook_endpoints (endpoint_id, partner_id, url, secrets)
       values ($1, 'demo-ota', 'https://nobody.example', '{x}')`,
      [endpoint],
    );
    await house.sql(
      `insert into webhook_deliveries (delivery_id, endpoint_id, event_id, event_type, payload, attempts, created_at)
       select gen_random_uuid(), $1, gen_random_uuid(), 'x', '{}', n, ${inDays} from generate_series(0, 2) n`,
      [endpoint],
    );
    const key = await testKeyOf(house, 'trial', ['reservations:write']);
    const tried = await house.send(
      'POST',
      '/api/ota/reserve',
      JSON.stringify({ product_id: 106, quantity: 4 }),
      { 'Content-Type': 'application/json', 'X-API-Key': key },
    );
    expect(tried.status).toBe(201);
    // What the desk delivers in time is no backlog.
    await house.sql(
      `update workflow_commands set delivered_at = clock_timestamp() where workflow_id <> 'reservation:x'`,
    );

    const samples = await shows(
      house.url,
      'what has happened',
      (all) =>
        valueOf(all, 'allotment_webhooks_pending') === 3 &&
        valueOf(all, 'allotment_commands_undelivered') === 1,
    );
    expect(read(samples)).toEqual({
      holds_open: 3,
      holds_expiring_within_hour: 1,
      holds_overdue: 1,
      orders_unissued: 1,
      late_payments_undecided: 1,
      payments_in_review: 1,
      refunds_due: 1,
      commands_undelivered: 1,
      webhooks_pending: 3,
      webhooks_retrying: 2,
    });
    for (const oldest of ['unissued_order', 'undelivered_command', 'pending_webhook']) {
      const seconds = valueOf(samples, `allotment_oldest_${oldest}_seconds`);
      expect([oldest, Math.round((seconds ?? 0) / 86_400)]).toEqual([oldest, 2]);
    }
    expect(valueOf(samples, 'allotment_pool_reserved_units', pool)).toBe(10);
    expect(valueOf(samples, 'allotment_pool_sold_units', pool)).toBe(0);
    expect(valueOf(samples, 'allotment_pool_available_units', pool)).toBe(1_990);
    const channels = new Set(
      samples.filter(({ name }) => name === 'allotment_pool_sold_units').map(({ labels }) => labels.channel),
    );
    expect([...channels].toSorted()).toEqual(['direct', 'ota']);
  });

  it('are absent while PostgreSQL is away, and the rest is told', async () => {
    const nowhere = 'postgresql://nobody:nothing@127.0.0.1:1/nothing';
    const api = await runApi({ ...house.config, databaseUrl: nowhere }, createLog('test', 'silent'));
    try {
      const samples = await scrape(`http://127.0.0.1:${api.port}`);
      expect(valueOf(samples, 'allotment_database_up')).toBe(0);
      expect(valueOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(0);
      expect(valueOf(samples, 'allotment_database_connections_max', { pool: 'limits' })).toBe(4);
      for (const { name } of samples) expect(name).not.toMatch(/pool_|holds_|orders_|refunds|_live/);
    } finally {
      await api.close();
    }
  });
});

describe('a port for metrics', () => {
  it('has them, and the port of the callers has not', async () => {
    const house = await openHouse();
    const metricsPort = await freePort();
    const api = await runApi({ ...house.config, metricsPort }, createLog('test', 'silent'));
    try {
      expect((await fetch(`http://127.0.0.1:${api.port}/metrics`)).status).toBe(404);
      expect(valueOf(await scrape(`http://127.0.0.1:${metricsPort}`), 'allotment_database_up')).toBe(1);
      const health = await fetch(`http://127.0.0.1:${metricsPort}/healthz`);
      expect([health.status, await health.json()]).toEqual([200, { status: 'ok', state: 'RUNNING' }]);
      for (const path of ['/', '/api/ota/inventory', '/readyz']) {
        expect((await fetch(`http://127.0.0.1:${metricsPort}${path}`)).status).toBe(404);
      }
    } finally {
      await api.close();
      await house.close();
    }
  });
});

describe('a sale', () => {
  it('is counted from its payment to its tickets by the desk and the worker', async () => {
    const house = await openHouse({ worker: true });
    try {
      await sold(house, 2);
      const api = await shows(
        house.url,
        'the command of the hold',
        (all) => (valueOf(all, 'allotment_commands_total', { by: 'desk', outcome: 'delivered' }) ?? 0) >= 2,
      );
      expect(valueOf(api, 'allotment_pool_sold_units', { product: '106', channel: 'ota' })).toBe(2);
      const worker = readExposition(await house.workerMetrics());
      expect(valueOf(worker, 'allotment_order_issue_duration_seconds_count')).toBe(1);
      const seconds = valueOf(worker, 'allotment_order_issue_duration_seconds_sum') ?? 0;
      const [order] = await house.sql<{ seconds: number }>(
        'select extract(epoch from fulfilled_at - paid_at)::float8 as seconds from orders',
      );
      expect(seconds).toBeCloseTo(order?.seconds ?? -1, 5);
      expect(
        valueOf(worker, 'allotment_duties_total', { duty: 'relay', outcome: 'performed' }),
      ).toBeGreaterThan(0);
      expect(valueOf(worker, 'allotment_workers_live')).toBe(1);
      expect(valueOf(worker, 'allotment_webhook_attempts_total', { outcome: 'failed' })).toBe(0);
    } finally {
      await house.close();
    }
  });
});
