import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { untilSettled } from './support/accounts.ts';
import { openCaller } from './support/caller.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { outcomeOf, type Steps, stepsOf } from './support/steps.ts';

const UNITS = 2;
const SETTLED_WITHIN_MS = 60_000;

let machine: Machine;
let steps: Steps;
beforeAll(async () => {
  machine = await openMachine();
  await machine.start('postgres', 'temporal', 'api', 'worker');
  steps = stepsOf(openCaller([machine.apiUrl], machine));
});
afterAll(() => machine.close());

describe.each(['in time', 'late'] as const)('a worker killed while it fulfils an order paid %s', (when) => {
  /** A paid order that its run tries to fulfil, and whose tickets cannot be stored. */
  const paidAndStuck = async () => {
    // A sequence counts on where a transaction is undone.
    await machine.sql(
      `create sequence attempts;
       create function no_tickets() returns trigger language plpgsql
        as $$ begin perform nextval('attempts'); raise exception 'not now'; end $$;
       create trigger no_tickets before insert on tickets for each row execute function no_tickets()`,
    );
    const { reservationId, orderId } = await steps.heldAndOrdered(UNITS);
    if (when === 'late') await steps.release(reservationId);
    await steps.notify(orderId);
    await eventually('an attempt to issue', async () => {
      const [attempts] = await machine.sql<{ is_called: boolean }>('select is_called from attempts');
      return attempts?.is_called;
    });
    return orderId;
  };
  const letTicketsBeStored = () => machine.sql('drop function no_tickets cascade; drop sequence attempts');
  const expectFulfilledOnce = async (orderId: string) => {
    await machine.start('worker');
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await outcomeOf(machine, orderId)).toEqual({
      status: 'fulfilled',
      tickets: UNITS,
      payments: 1,
      refunds: 0,
    });
    expect(await machine.disagreements()).toEqual([]);
  };

  it('has it fulfilled once, where neither its units were sold nor its tickets issued', async () => {
    const orderId = await paidAndStuck();
    await machine.kill('worker');
    await letTicketsBeStored();
    await expectFulfilledOnce(orderId);
  });

  it('has it fulfilled once, where all was done and Temporal not told', async () => {
    const orderId = await paidAndStuck();
    machine.freeze('temporal');
    await letTicketsBeStored();
    await eventually('tickets', async () => (await outcomeOf(machine, orderId))?.status === 'fulfilled');
    await machine.kill('worker');
    machine.thaw('temporal');
    await expectFulfilledOnce(orderId);
  });
});
