import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { reservationQuery } from '../../workflows/messages.ts';
import { eventually } from '../support/eventually.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { untilSettled } from './support/accounts.ts';
import { openCaller } from './support/caller.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { outcomeOf, statusOf, type Steps, stepsOf } from './support/steps.ts';

const UNITS = 2;
const SETTLED_WITHIN_MS = 60_000;

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Where the API dies: its answer has been given, and what it has promised is a row in the database. */
const lines = [
  {
    line: 'before it delivers its commands',
    arrange: (machine: Machine) => machine.kill('temporal'),
    undo: (machine: Machine) => machine.start('temporal'),
  },
  {
    line: 'while it delivers its commands',
    arrange: async (machine: Machine) => machine.freeze('temporal'),
    undo: async (machine: Machine) => machine.thaw('temporal'),
  },
  {
    line: 'before it marks its commands as delivered',
    arrange: (machine: Machine) =>
      machine.sql(
        `create function refuse_marks() returns trigger language plpgsql as $$
           begin raise exception 'not now'; end $$;
         create trigger refuse_marks before update of delivered_at on workflow_commands
           for each row execute function refuse_marks()`,
      ),
    undo: (machine: Machine) => machine.sql('drop function refuse_marks cascade'),
  },
];

let machine: Machine;
let receiver: Receiver;
let temporal: Client;
let steps: Steps;
let endpointId: string;

beforeAll(async () => {
  receiver = await openReceiver();
  machine = await openMachine();
  await machine.start('postgres', 'temporal', 'api', 'worker');
  const caller = openCaller([machine.apiUrl], machine);
  steps = stepsOf(caller);
  const events = ['order.cancelled'];
  const registered = await caller.post('/api/ota/webhooks', { url: `${receiver.url}/events`, events });
  endpointId = registered.body.endpoint_id;
  temporal = new Client({ connection: Connection.lazy({ address: machine.temporalAddress }) });
});
afterAll(async () => {
  await temporal.connection.close();
  await machine.close();
  await receiver.close();
});

describe.each(lines)('an API killed $line', ({ arrange, undo }) => {
  let prepared: Prepared;
  let reserved: string;
  const extendedUntil = new Date(Date.now() + 2 * 60 * 60 * 1000);
  let undelivered: string[];

  beforeAll(async () => {
    receiver.received.length = 0;
    prepared = await prepare();
    await machine.kill('worker');
    await arrange(machine);
    [reserved] = await acceptAll(prepared, extendedUntil);
    await machine.kill('api');
    undelivered = (
      await machine.sql<{ workflow_id: string }>(
        'select workflow_id from workflow_commands where delivered_at is null',
      )
    ).map(({ workflow_id }) => workflow_id);
    await undo(machine);
    await machine.start('api', 'worker');
  });

  it('leaves every command behind', async () => {
    const { activated, notified, released, extended } = prepared;
    const woken = [activated.reservationId, notified.reservationId, released, extended, reserved];
    for (const id of woken) expect(undelivered).toContain(`reservation:${id}`);
    expect(undelivered.filter((id) => id.startsWith('late-payment:'))).toHaveLength(1);
    expect(undelivered.filter((id) => id.startsWith('webhook-delivery:'))).toHaveLength(2);
  });

  it('has its hold kept by a run', async () => {
    await eventually('a run that waits', async () => (await storyOf(reserved))?.status === 'held');
  });

  it.each(['activated', 'notified', 'late'] as const)('has its %s order fulfilled, once', async (which) => {
    const { orderId } = prepared[which];
    await eventually(
      'tickets',
      async () => (await outcomeOf(machine, orderId))?.status === 'fulfilled',
      SETTLED_WITHIN_MS,
    );
    expect(await outcomeOf(machine, orderId)).toEqual({
      status: 'fulfilled',
      tickets: UNITS,
      payments: 1,
      refunds: 0,
    });
  });

  it('has its cancelled order refunded, once', async () => {
    const { orderId } = prepared.cancelled;
    expect(await outcomeOf(machine, orderId)).toEqual({
      status: 'cancelled',
      tickets: 0,
      payments: 1,
      refunds: 1,
    });
  });

  it('has its released hold ended, and its run with it', async () => {
    expect(await statusOf(machine, prepared.released)).toBe('released');
    await eventually('the end of the run', async () => {
      const { status } = await temporal.workflow.getHandle(`reservation:${prepared.released}`).describe();
      return status.name === 'COMPLETED';
    });
  });

  it('has its extended hold kept until the later end', async () => {
    await eventually('the later end', async () => {
      const story = await storyOf(prepared.extended);
      return Date.parse(story?.expiresAt ?? '') === extendedUntil.getTime();
    });
  });

  it('has its events told to the partner', async () => {
    const types = () => receiver.received.map(({ text }) => (JSON.parse(text) as { type: string }).type);
    await eventually('both events', async () => new Set(types()).size === 2, SETTLED_WITHIN_MS);
    expect([...new Set(types())].toSorted()).toEqual(['order.cancelled', 'webhook.test']);
  });

  it('leaves nothing open, and accounts that agree', async () => {
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await machine.disagreements()).toEqual([]);
  });
});

/** What the calls are about that the API will accept last. */
async function prepare() {
  const late = await steps.heldAndOrdered(UNITS);
  await steps.release(late.reservationId);
  const cancelled = await steps.heldAndOrdered(UNITS);
  await steps.activate(cancelled.orderId);
  const prepared = {
    late,
    cancelled,
    activated: await steps.heldAndOrdered(UNITS),
    notified: await steps.heldAndOrdered(UNITS),
    released: await steps.held(UNITS),
    extended: await steps.held(UNITS),
  };
  await eventually(
    'tickets',
    async () => (await outcomeOf(machine, cancelled.orderId))?.status === 'fulfilled',
  );
  expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
  return prepared;
}

/** One call of each kind that has something follow. */
function acceptAll(prepared: Prepared, extendedUntil: Date) {
  return Promise.all([
    steps.held(UNITS),
    steps.activate(prepared.activated.orderId),
    steps.notify(prepared.notified.orderId),
    steps.notify(prepared.late.orderId),
    steps.cancel(prepared.cancelled.orderId),
    steps.release(prepared.released),
    steps.extend(prepared.extended, extendedUntil),
    steps.sendTest(endpointId),
  ]);
}

const storyOf = (reservationId: string) =>
  temporal.workflow
    .getHandle(`reservation:${reservationId}`)
    .query(reservationQuery)
    .catch(() => undefined);
