import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { breakdown, customer, SATURDAY } from '../support/sale.ts';
import { eventually } from '../support/eventually.ts';
import { untilSettled } from './support/accounts.ts';
import { type Answer, type Caller, openCaller } from './support/caller.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { type Request, requestsOf } from './support/requests.ts';
import { outcomeOf, type Steps, stepsOf } from './support/steps.ts';

const SETTLED_WITHIN_MS = 60_000;
const LATER_MS = 5 * 60 * 60 * 1000;

let machine: Machine;
let caller: Caller;
let steps: Steps;
let control: Client;
beforeAll(async () => {
  machine = await openMachine();
  await machine.start('postgres', 'temporal', 'api', 'worker');
  caller = openCaller([machine.apiUrl], machine);
  steps = stepsOf(caller);
  control = await connect('allotment');
});
afterAll(async () => {
  await control.end();
  await machine.close();
});

const taken: Client[] = [];

/** Two ways for PostgreSQL to answer, and to refuse. */
const refusals = [
  {
    refusal: 'has no connection left',
    /** Takes every connection, those of the API and the worker too. */
    begin: async () => {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await control.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where backend_type = 'client backend' and application_name not in ('control')`,
        );
        await takeConnections();
      }
    },
    end: async () => {
      await Promise.all(taken.splice(0).map((client) => client.end()));
    },
  },
  {
    refusal: 'has no room on its disk',
    /** Stands in for the disk: the error that PostgreSQL raises, in the last of the rows that are written. */
    begin: async () => {
      await control.query(
        `create function disk_full() returns trigger language plpgsql as $$
           begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
         create trigger disk_full before insert on audit_log for each row execute function disk_full()`,
      );
    },
    end: async () => {
      await control.query('drop function disk_full cascade');
    },
  },
];

describe.each(refusals)('a database that $refusal', ({ begin, end }) => {
  it('is told to callers as 503, with nothing half done; the same calls are accepted afterwards', async () => {
    const calls = await callsThatWrite();
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    const before = await contents();
    await begin();
    const refused = await sendAll(calls);
    const meanwhile = await contents();
    await end();

    for (const [name, answer] of Object.entries(refused)) {
      expect({ name, ...answer }).toMatchObject({
        name,
        status: 503,
        retryAfter: '1',
        body: { code: 'UNAVAILABLE' },
      });
    }
    expect(meanwhile).toEqual(before);
    await eventually('sales', async () => {
      const answer = await caller.once(
        requestsOf(machine).post('/api/ota/reserve', { product_id: 108, quantity: 1 }),
      );
      return answer?.status === 201;
    });
    const accepted = await sendAll(calls);
    for (const [name, answer] of Object.entries(accepted)) {
      expect({ name, accepted: [200, 201, 202].includes(answer?.status ?? 0) }).toEqual({
        name,
        accepted: true,
      });
    }
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await machine.disagreements()).toEqual([]);
    expect(machine.fallen).toEqual([]);
  });
});

describe('a disk that is full while tickets are issued', () => {
  it('leaves the order paid, and has the tickets issued once there is room', async () => {
    const { orderId } = await steps.heldAndOrdered(2);
    await control.query(
      `create function disk_full() returns trigger language plpgsql as $$
         begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
       create trigger disk_full before insert on tickets for each row execute function disk_full()`,
    );
    expect(await steps.activate(orderId)).toMatchObject({ activation_status: 'processing' });
    expect(await outcomeOf(machine, orderId)).toEqual({
      status: 'paid',
      tickets: 0,
      payments: 1,
      refunds: 0,
    });
    await control.query('drop function disk_full cascade');
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await outcomeOf(machine, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      payments: 1,
      refunds: 0,
    });
    expect(await machine.disagreements()).toEqual([]);
  });
});

/** A call of each kind that writes, ready to be sent as often as the test likes. */
async function callsThatWrite(): Promise<Record<string, Request>> {
  const requests = requestsOf(machine);
  const scanned = await sold();
  const cancelled = await sold();
  const activated = await steps.heldAndOrdered(1);
  const notified = await steps.heldAndOrdered(1);
  const ordered = await steps.held(1);
  const released = await steps.held(1);
  const extended = await steps.held(1);
  const tickets = await caller.get(`/api/ota/orders/${scanned}/tickets`);
  return {
    reserve: requests.post('/api/ota/reserve', { product_id: 107, quantity: 1 }),
    order: requests.post('/api/ota/orders', {
      reservation_id: ordered,
      customer_details: customer,
      pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
    }),
    activate: requests.post('/api/ota/activate', { order_id: activated.orderId, payment_reference: 'pay' }),
    notify: requests.notification(notified.orderId, 'pay'),
    cancel: requests.post(`/api/ota/orders/${cancelled}/cancel`, { reason: 'changed plans' }),
    release: requests.delete(`/api/ota/reservations/${released}`),
    extend: requests.post(`/api/ota/reservations/${extended}/extend`, {
      reservation_expires_at: new Date(Date.now() + LATER_MS).toISOString(),
    }),
    scan: requests.post(
      '/venue/scan',
      { qr: tickets.body.items[0].qr_code, function_code: 'ferry', scan_id: randomUUID() },
      { key: 'gate' },
    ),
  };
}

async function sold(): Promise<string> {
  const { orderId } = await steps.heldAndOrdered(1);
  await steps.activate(orderId);
  await eventually('tickets', async () => (await outcomeOf(machine, orderId))?.status === 'fulfilled');
  return orderId;
}

async function sendAll(calls: Record<string, Request>): Promise<Record<string, Answer | undefined>> {
  const answering = Object.entries(calls).map(async ([name, request]) => [name, await caller.once(request)]);
  return Object.fromEntries(await Promise.all(answering)) as Record<string, Answer | undefined>;
}

/** How many rows there are of each kind and state, and where the counters stand. */
async function contents(): Promise<object> {
  const { rows } = await control.query<object>(
    `select (select jsonb_object_agg(status, n) from (select status, count(*) n from channel_reservations group by 1) a) as holds,
            (select jsonb_object_agg(status, n) from (select status, count(*) n from orders group by 1) a) as orders,
            (select jsonb_object_agg(status, n) from (select status, count(*) n from tickets group by 1) a) as tickets,
            (select jsonb_agg(channel_allocations order by product_id) from product_inventory) as counters,
            (select sum(remaining) from ticket_entitlements) as remaining,
            (select max(expires_at) from channel_reservations) as latest_end,
            (select count(*) from inventory_ledger) as ledger, (select count(*) from payments) as payments,
            (select count(*) from payment_notifications) as notifications,
            (select count(*) from refunds) as refunds, (select count(*) from redemptions) as redemptions,
            (select count(*) from idempotent_answers) as answers, (select count(*) from audit_log) as audit,
            (select count(*) from workflow_commands) as commands`,
  );
  return rows[0] as object;
}

async function connect(database: string): Promise<Client> {
  const url = machine.databaseUrl.replace(/\/allotment$/, `/${database}`);
  const client = new Client({ connectionString: url, application_name: 'control' });
  client.on('error', () => {}); // One that is refused says so when it connects.
  await client.connect();
  return client;
}

async function takeConnections(): Promise<void> {
  for (;;) {
    try {
      taken.push(await connect('postgres'));
    } catch (error) {
      if ((error as { code?: string }).code === '53300') return;
      throw error;
    }
  }
}
