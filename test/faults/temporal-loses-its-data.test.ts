import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { untilSettled } from './support/accounts.ts';
import { openCaller } from './support/caller.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { outcomeOf, statusOf, type Steps, stepsOf } from './support/steps.ts';

const SETTLED_WITHIN_MS = 60_000;

let machine: Machine;
let steps: Steps;
beforeAll(async () => {
  machine = await openMachine();
  await machine.start('postgres', 'temporal', 'api', 'worker');
  steps = stepsOf(openCaller([machine.apiUrl], machine));
});
afterAll(() => machine.close());

describe('Temporal that has lost every run', () => {
  it('gets them again from the sweep: the hold ends, the paid order and the late money get their tickets', async () => {
    const held = await steps.held(1);
    const paid = await steps.heldAndOrdered(2);
    const late = await steps.heldAndOrdered(3);
    await steps.release(late.reservationId);
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    await machine.kill('worker');
    await steps.notify(paid.orderId);
    await steps.notify(late.orderId);
    await eventually('all commands delivered', async () => {
      const undelivered = await machine.sql('select from workflow_commands where delivered_at is null');
      return undelivered.length === 0;
    });
    await machine.kill('temporal');
    machine.loseTemporalsData();
    await passTwoMinutes(held);

    await machine.start('temporal', 'worker');
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await statusOf(machine, held)).toBe('expired');
    expect(await outcomeOf(machine, paid.orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      payments: 1,
      refunds: 0,
    });
    expect(await outcomeOf(machine, late.orderId)).toEqual({
      status: 'fulfilled',
      tickets: 3,
      payments: 1,
      refunds: 0,
    });
    expect(await machine.disagreements()).toEqual([]);
  });
});

/** The sweep leaves alone what is not overdue by a minute. The hold's end is past by then. */
async function passTwoMinutes(reservationId: string): Promise<void> {
  await machine.sql(
    `update channel_reservations
        set started_at = started_at - interval '2 hours', expires_at = clock_timestamp() - interval '2 minutes'
      where reservation_id = $1`,
    [reservationId],
  );
  await machine.sql(`update orders set paid_at = paid_at - interval '2 minutes' where paid_at is not null`);
  await machine.sql(`update payments set received_at = received_at - interval '2 minutes'`);
}
