import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { reservationQuery } from '../../workflows/messages.ts';
import { eventually } from '../support/eventually.ts';
import { skipAhead } from '../support/runs.ts';
import { untilSettled } from './support/accounts.ts';
import { openCaller } from './support/caller.ts';
import { byForm } from './support/form.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { outcomeOf, statusOf, type Steps, stepsOf } from './support/steps.ts';

const SHORTEST_HOLD_MS = 61_000; // The contract's minute, and what the call takes.
const HOUR_SECONDS = 60 * 60;
const SETTLED_WITHIN_MS = 60_000;

let machine: Machine;
let steps: Steps;
let temporal: Client;
beforeAll(async () => {
  machine = await openMachine();
  await machine.start('postgres', 'temporal', 'api', 'worker');
  steps = stepsOf(openCaller([machine.apiUrl], machine));
  temporal = new Client({ connection: Connection.lazy({ address: machine.temporalAddress }) });
});
afterAll(async () => {
  await temporal.connection.close();
  await machine.close();
});

/** Two ways for time to pass: the clocks are put forward, or it does. */
const passings = [
  { by: 'clocks put forward', holdMs: HOUR_SECONDS * 1000, pass: putClocksForward },
  ...byForm([], [{ by: 'waiting', holdMs: SHORTEST_HOLD_MS, pass: () => sleep(SHORTEST_HOLD_MS) }]),
];

describe.each(passings)('a hold whose deadline passes without a worker, by $by', ({ holdMs, pass }) => {
  it('expires when the worker is back: with its timer set, not begun yet, and with a paid order in it', async () => {
    const timed = await steps.held(2, holdMs);
    const sold = await steps.held(3, holdMs);
    const unpaidOrder = await steps.ordered(timed, 1);
    const paidOrder = await steps.ordered(sold, 1);
    await untilTimerIsSet(timed);
    await untilTimerIsSet(sold);
    await machine.kill('worker');
    const unbegun = await steps.held(1, holdMs);
    await steps.notify(paidOrder);
    const all = [timed, sold, unbegun];
    await pass(all);
    for (const id of all) expect(await statusOf(machine, id)).toBe('held');

    await machine.start('worker');
    for (const id of all) {
      await eventually(
        `the end of ${id}`,
        async () => (await statusOf(machine, id)) !== 'held',
        SETTLED_WITHIN_MS,
      );
    }
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await Promise.all(all.map((id) => statusOf(machine, id)))).toEqual([
      'expired',
      'expired',
      'expired',
    ]);
    expect(await outcomeOf(machine, unpaidOrder)).toMatchObject({ status: 'expired', payments: 0 });
    expect(await outcomeOf(machine, paidOrder)).toMatchObject({
      status: 'fulfilled',
      tickets: 1,
      refunds: 0,
    });
    expect(await machine.disagreements()).toEqual([]);
  });
});

const untilTimerIsSet = (reservationId: string) =>
  eventually(`the run of ${reservationId} waiting`, async () => {
    const run = temporal.workflow.getHandle(`reservation:${reservationId}`);
    const story = await run.query(reservationQuery).catch(() => undefined);
    return story?.status === 'held';
  });

/** PostgreSQL's by its rows, so that each deadline has been a moment ago; Temporal's by its own means. */
async function putClocksForward(reservationIds: string[]): Promise<void> {
  await machine.sql(
    `update channel_reservations
        set started_at = started_at - make_interval(secs => $2), expires_at = expires_at - make_interval(secs => $2)
      where reservation_id = any($1)`,
    [reservationIds, HOUR_SECONDS + 1],
  );
  for (const id of reservationIds) await skipAhead(temporal, `reservation:${id}`, HOUR_SECONDS + 1);
}
