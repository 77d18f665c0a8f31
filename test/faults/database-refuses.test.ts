import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { SATURDAY, breakdown, customer } from '../support/sale.ts';
import { eventually } from '../support/eventually.ts';
import { untilSettled } from './support/accounts.ts';
import { type Answer, type Caller, openCaller } from './support/caller.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { outcomeOf, type Steps, stepsOf } from './support/steps.ts';

const SETTLED_WITHIN_MS = 60_000;

let machine: Machine;
let caller: Caller;
let steps: Steps;
let control: Client;
beforeAll(async () => {
  machine = await openMachine();
  await machine.start('postgres', 'temporal', 'api', 'worker');
  caller = openCaller([machine.apiUrl], machine);
  steps = stepsOf(caller);
  control = await connect();
});
afterAll(async () => {
  await control.end();
  await machine.close();
});

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: machine.databaseUrl, application_name: 'control' });
  client.on('error', () => {}); // One that is refused says so when it connects.
  await client.connect();
  return client;
}

/** A call of each kind that writes, each with a key of its own, to be sent as often as the test likes. */
async function callsThatWrite(): Promise<Record<string, () => Promise<Answer | undefined>>> {
  const { tickets, orderId: soldOrder } = await sold();
  const forOrder = await steps.held(1);
  const forRelease = await steps.held(1);
  const forExtension = await steps.held(1);
  const { orderId: toActivate } = await steps.heldAndOrdered(1);
  const { orderId: toNotify } = await steps.heldAndOrdered(1);
  const { orderId: toCancel } = await sold();
  const send = (path: string, body: object, key?: 'gate') => {
    const idempotencyKey = randomUUID();
    return () => caller.tryOnce(path, body, key, idempotencyKey);
  };
  const notification = caller.notification(toNotify, `pay-${toNotify}`);
  const release = caller.request('DELETE', `/api/ota/reservations/${forRelease}`);
  expect((await outcomeOf(machine, soldOrder))?.status).toBe('fulfilled');
  return {
    reserve: send('/api/ota/reserve', { product_id: 107, quantity: 1 }),
    order: send('/api/ota/orders', {
      reservation_id: forOrder,
      customer_details: customer,
      pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
    }),
    activate: send('/api/ota/activate', { order_id: toActivate, payment_reference: `pay-${toActivate}` }),
    notify: () => caller.once(notification),
    cancel: send(`/api/ota/orders/${toCancel}/cancel`, { reason: 'changed plans' }),
    release: () => caller.once(release),
    extend: send(`/api/ota/reservations/${forExtension}/extend`, {
      reservation_expires_at: new Date(Date.now() + 5 * 60 * 60 * 1000).toISOString(),
    }),
    scan: send('/venue/scan', { qr: tickets[0]?.qr_code, function_code: 'ferry', scan_id: randomUUID() }, 'gate'),
  };
}

async function sold() {
  const { orderId } = await steps.heldAndOrdered(1);
  await steps.activate(orderId);
  await eventually('tickets', async () => (await outcomeOf(machine, orderId))?.status === 'fulfilled');
  const tickets = (await caller.get(`/api/ota/orders/${orderId}/tickets`)).body.items as { qr_code: string }[];
  return { orderId, tickets };
}

const sendAll = async (calls: Record<string, () => Promise<Answer | undefined>>) => {
  const answers = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => [name, await call()] as const),
  );
  return Object.fromEntries(answers);
};
const UNAVAILABLE = { status: 503, retryAfter: '1', body: { code: 'UNAVAILABLE' } };

/** How many rows each table has, and where the counters stand. */
async function contents(): Promise<object> {
  const tables = ['channel_reservations', 'reservation_lines', 'orders', 'order_lines', 'payments', 'refunds', 'tickets'];
  tables.push('payment_notifications', 'redemptions', 'idempotent_answers', 'inventory_ledger', 'workflow_commands');
  const counts = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`);
  const { rows } = await control.query(
    `select ${counts.join(', ')}, (select count(*)::int from audit_log) as audit_log,
            (select jsonb_agg(channel_allocations order by product_id) from product_inventory) as counters,
            (select jsonb_object_agg(status, n) from (select status, count(*) n from orders group by 1) o) as orders_by_status,
            (select jsonb_object_agg(status, n) from (select status, count(*) n from channel_reservations group by 1) r) as holds,
            (select sum(remaining)::int from ticket_entitlements) as remaining`,
  );
  return rows[0] as object;
}

async function expectAllRefusedThenAccepted(begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
  const calls = await callsThatWrite();
  expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
  const before = await contents();
  await begin();
  const refused = await sendAll(calls);
  const between = await contents();
  await end();
  for (const [name, answer] of Object.entries(refused)) expect({ name, ...answer }).toMatchObject({ name, ...UNAVAILABLE });
  expect(between).toEqual(before);
  const statuses = async () =>
    Object.fromEntries(Object.entries(await sendAll(calls)).map(([name, answer]) => [name, answer?.status]));
  await eventually('connections', async () => (await caller.tryOnce('/api/ota/reserve', { product_id: 108, quantity: 1 }))?.status === 201);
  expect(await statuses()).toEqual({
    reserve: 201,
    order: 201,
    activate: expect.toBeOneOf([200, 202]),
    notify: 200,
    cancel: 200,
    release: 200,
    extend: 200,
    scan: 200,
  });
  expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
  expect(await machine.disagreements()).toEqual([]);
}
