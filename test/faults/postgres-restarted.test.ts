import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findLosses, tellSales, untilSettled } from './support/accounts.ts';
import { type Caller, openCaller } from './support/caller.ts';
import { byForm, seed } from './support/form.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { report } from './support/report.ts';
import { type Selling, sell } from './support/selling.ts';

const SIZE = byForm({ flows: 24, clients: 12 }, { flows: 200, clients: 24 });
const RESTARTS = byForm(2, 8);
const BETWEEN_RESTARTS_MS = 1_500;
const SETTLED_WITHIN_MS = 60_000;

describe.each(['kill', 'stop'] as const)('PostgreSQL restarted under load by %s', (how) => {
  let machine: Machine;
  let caller: Caller;
  let selling: Selling;

  beforeAll(async () => {
    machine = await openMachine();
    await machine.start('postgres', 'temporal', 'api', 'worker');
    caller = openCaller([machine.apiUrl], machine);
    selling = sell(caller, SIZE);
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      await sleep(BETWEEN_RESTARTS_MS);
      await machine[how]('postgres');
      await machine.start('postgres');
    }
    await selling.ended;
  });
  afterAll(async () => {
    report(`PostgreSQL restarted ${RESTARTS} times by ${how}`, {
      seed,
      requests: caller.tally,
      sales: tellSales(selling.sales),
    });
    await machine.close();
  });

  it('answers 503 or what the flow asks for, and neither API nor worker falls', () => {
    expect(caller.tally.faulty).toEqual([]);
    expect(selling.sales.flatMap(({ surprises }) => surprises)).toEqual([]);
    expect(machine.fallen).toEqual([]);
  });

  it('has everything that was accepted, once, and settles', async () => {
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await findLosses(machine, selling.sales)).toEqual([]);
    expect(await machine.disagreements()).toEqual([]);
  });
});
