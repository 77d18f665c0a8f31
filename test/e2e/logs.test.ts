import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { signWebhook } from '../../src/webhooks/standard-webhook.ts';
import { freePort } from '../../src/dev/ports.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { lastDelivery, openReceiver, type Receiver } from '../support/receiver.ts';
import { orderBecomes } from '../support/runs.ts';
import { breakdown, SATURDAY } from '../support/sale.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE_MS = 120_000;
const guest = { name: 'Leung Siu Ming', email: 'siu.ming@example.org', phone: '+852 5555 0199' };

/** The real processes at the level that tells most, and all that they write. */
describe('the logs of a whole sale, at debug level', () => {
  let house: House;
  let receiver: Receiver;
  let folder: string;
  let url: string;
  let signingKeys: string;
  let reservationId: string;
  let orderId: string;
  const processes: ChildProcess[] = [];
  const logs: Record<string, string> = { server: '', worker: '' };
  /** Everything secret or personal that this sale has seen, by what it is. */
  const secrets = new Map<string, string>();

  beforeAll(async () => {
    house = await openHouse();
    receiver = await openReceiver();
    folder = mkdtempSync(join(tmpdir(), 'allotment-logs-'));
    signingKeys = generateSigningKeySet();
    writeFileSync(join(folder, 'keys.json'), signingKeys, { mode: 0o600 });
    const [apiPort, workerPort] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${apiPort}`;
    const env = {
      PATH: process.env.PATH,
      ALLOTMENT_ENV: 'production',
      DATABASE_URL: house.config.databaseUrl,
      TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS,
      HOST: '127.0.0.1',
      PORT: String(apiPort),
      WORKER_PORT: String(workerPort),
      ALLOTMENT_SIGNING_KEYS: join(folder, 'keys.json'),
      ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: house.webhookSecret,
      ALLOTMENT_RATE_LIMIT_PER_MINUTE: '100000',
      ALLOTMENT_TASK_QUEUE: house.config.taskQueue,
      ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true',
      ALLOTMENT_DATABASE_PATIENCE_MS: '30000',
      LOG_LEVEL: 'debug',
    };
    for (const name of ['server', 'worker']) {
      const child = spawn(process.execPath, [join(root, 'src', `${name}.ts`)], { env, cwd: root });
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => (logs[name] += String(chunk)));
      }
      processes.push(child);
    }
    await eventually(
      'the API',
      async () => (await fetch(`${url}/readyz?full=1`).catch(() => null))?.ok,
      PATIENCE_MS,
    );
    await sell();
    for (const child of processes) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const child of processes) if (child.exitCode === null) child.kill('SIGKILL');
    await receiver.close();
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const response = await fetch(url + path, {
      method,
      headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
    return { status: response.status, body: isJson ? JSON.parse(text) : null };
  }
  const withKey = (key: string) => ({ 'X-API-Key': key });
  const order = (reservationId: string, adults: number) =>
    call(
      'POST',
      '/api/ota/orders',
      {
        reservation_id: reservationId,
        customer_details: guest,
        pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(adults) },
      },
      { ...withKey(house.keys.ota), 'Idempotency-Key': `order-${adults}` },
    );
  async function notify(orderId: string) {
    const body = {
      order_id: orderId,
      payment_status: 'SUCCESS',
      payment_reference: 'p',
      paid_at: new Date().toISOString(),
    };
    const [id, seconds] = [`msg_${orderId}`, Math.floor(Date.now() / 1000)];
    const signature = signWebhook(house.webhookSecret, id, seconds, JSON.stringify(body));
    secrets.set('a signature', signature);
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signature,
    };
    return (await call('POST', '/payments/notify', body, headers)).status;
  }

  /** Every kind of key, secret and error, in one sale. */
  async function sell() {
    for (const [name, key] of Object.entries(house.keys)) secrets.set(`the key of ${name}`, key);
    secrets.set('the secret of the provider', house.webhookSecret);
    secrets.set('the private signing key', (JSON.parse(signingKeys) as { keys: [{ d: string }] }).keys[0].d);
    secrets.set('the password of the database', new URL(house.config.databaseUrl).password + '@');
    for (const [name, value] of Object.entries(guest)) secrets.set(`the guest's ${name}`, value);

    const made = await call(
      'POST',
      '/api/admin/partners/demo-ota/keys',
      { permissions: ['inventory:read'] },
      withKey(house.keys.admin),
    );
    secrets.set('a key that was made', made.body.api_key);
    const rotated = await call(
      'POST',
      `/api/admin/keys/${made.body.key_id}/rotate`,
      {},
      withKey(house.keys.admin),
    );
    secrets.set('a key that was rotated', rotated.body.api_key);
    receiver.answer = () => ({ status: receiver.received.length < 2 ? 500 : 204 });
    const endpoint = await call(
      'POST',
      '/api/ota/webhooks',
      { url: `${receiver.url}/hook?token=of-the-receiver` },
      { ...withKey(house.keys.ota), 'Idempotency-Key': 'hook' },
    );
    secrets.set('the secret of a webhook', endpoint.body.secret);
    secrets.set('the token of a receiver', 'of-the-receiver');

    const guessed = `${house.keys.ota.slice(0, -1)}${house.keys.ota.endsWith('0') ? '1' : '0'}`;
    secrets.set('a key that was mistyped', guessed);
    expect((await call('GET', '/api/ota/inventory', undefined, withKey(guessed))).status).toBe(401);
    expect(
      (await call('GET', '/api/ota/inventory', undefined, { Authorization: `Bearer ${house.keys.ota_2}` }))
        .status,
    ).toBe(200);
    expect(
      (await call('GET', `/api/ota/inventory?key=${house.keys.ota}`, undefined, withKey(house.keys.ota)))
        .status,
    ).toBe(422);

    const held = await call(
      'POST',
      '/api/ota/reserve',
      { product_id: 106, quantity: 4 },
      withKey(house.keys.ota),
    );
    reservationId = held.body.reservation_id;
    expect(
      (
        await call(
          'POST',
          '/api/ota/orders',
          { reservation_id: reservationId, customer_details: { ...guest, vip: 1 } },
          withKey(house.keys.ota),
        )
      ).status,
    ).toBe(422);
    // A row that PostgreSQL refuses, and quotes in its error, with the guest in it.
    await house.sql('alter table orders add constraint too_many check (units < 3)');
    const failed = await order(reservationId, 3);
    expect(failed.status).toBe(500);
    expect(Object.keys(failed.body).toSorted()).toEqual([
      'code',
      'detail',
      'instance',
      'request_id',
      'status',
      'title',
      'type',
    ]);
    expect(JSON.stringify(failed.body)).not.toMatch(/too_many|orders_|Leung|example/);
    await house.sql('alter table orders drop constraint too_many');
    const { body: placed } = await order(reservationId, 2);
    orderId = placed.order_id;
    // And one with the code of a ticket, in an activity.
    await house.sql(`alter table tickets add constraint not_now check (unit_number < 2)`);
    expect(await notify(placed.order_id)).toBe(200);
    await eventually('an activity that fails', async () => logs.worker?.includes('not_now'));
    await house.sql('alter table tickets drop constraint not_now');
    await orderBecomes(house, placed.order_id, 'fulfilled', 60_000);

    const { body: page } = await call(
      'GET',
      `/api/ota/orders/${placed.order_id}/tickets`,
      undefined,
      withKey(house.keys.ota),
    );
    const [ticket] = page.items;
    secrets.set('the code of a ticket', ticket.ticket_code);
    secrets.set('the text of a QR code', ticket.qr_code);
    await call('GET', `/tickets/${ticket.ticket_code}`);
    await call('GET', `/tickets/${ticket.ticket_code}/qr.svg`);
    const { body: fresh } = await call('POST', `/qr/${ticket.ticket_code}`);
    secrets.set('the text of a rotating code', fresh.qr);
    for (const qr of [ticket.qr_code, fresh.qr, fresh.qr, 'forged']) {
      await call(
        'POST',
        '/venue/scan',
        { qr, function_code: 'ferry', scan_id: `scan-${qr.length}` },
        withKey(house.keys.gate),
      );
    }
    await lastDelivery(house, endpoint.body.endpoint_id, 'delivered');
  }

  const linesOf = (name: string) =>
    (logs[name] ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('tell each request and each failure', () => {
    const lines = linesOf('server');
    expect(lines.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(15);
    expect(lines.find(({ msg }) => msg === 'unexpected error')).toMatchObject({
      request_id: expect.any(String),
      operation: 'placeOrder',
      partner: 'demo-ota',
      reservation_id: reservationId,
      err: {
        code: '23514',
        constraint: 'too_many',
        table: 'orders',
        stack: expect.stringContaining('too_many'),
      },
    });
    expect(logs.worker).toContain('not_now');
  });

  it('name the partner, reservation, run and order of a request, and the run of an activity', () => {
    const ofSale = { reservation_id: reservationId, workflow_id: `reservation:${reservationId}` };
    const requests = linesOf('server').filter(({ msg }) => msg === 'request');
    const told = { request_id: expect.any(String), ms: expect.any(Number) };
    expect(requests).toContainEqual(
      expect.objectContaining({ ...told, ...ofSale, operation: 'reserve', partner: 'demo-ota', status: 201 }),
    );
    expect(requests).toContainEqual(
      expect.objectContaining({
        ...told,
        ...ofSale,
        operation: 'placeOrder',
        order_id: orderId,
        status: 201,
      }),
    );
    expect(requests).toContainEqual(
      expect.objectContaining({ ...told, operation: 'notifyPayment', order_id: orderId, status: 200 }),
    );
    const failures = linesOf('worker').filter((line) => JSON.stringify(line).includes('not_now'));
    expect(failures[0]).toMatchObject({ workflow_id: `reservation:${reservationId}` });
  });

  it('hold no key, no secret, no code of a ticket and no customer', () => {
    expect(secrets.size).toBeGreaterThan(15);
    for (const [what, secret] of secrets) {
      expect([what, secret.length > 4]).toEqual([what, true]);
      for (const [name, text] of Object.entries(logs)) {
        expect([what, name, text.includes(secret)]).toEqual([what, name, false]);
      }
    }
  });

  it('are not the only place that was looked at: the file of keys holds what was searched for', () => {
    expect(readFileSync(join(folder, 'keys.json'), 'utf8')).toContain(secrets.get('the private signing key'));
  });
});
