import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findLosses, tellSales, untilSettled } from './support/accounts.ts';
import { type Caller, openCaller } from './support/caller.ts';
import { byForm, seed } from './support/form.ts';
import { type Machine, openMachine, type ProcessName } from './support/machine.ts';
import { report } from './support/report.ts';
import { type Selling, sell } from './support/selling.ts';

const MEASURED_MS = byForm(20_000, 300_000);
const CLIENTS = 4;
const BETWEEN_RESTARTS_MS = 500;
const AVAILABILITY = byForm(1, 0.999);
const SETTLED_WITHIN_MS = 60_000;

describe('two APIs that are restarted in turn', () => {
  let machine: Machine;
  let caller: Caller;
  let selling: Selling;
  const restarts = { stop: 0, kill: 0 };

  beforeAll(async () => {
    machine = await openMachine();
    await machine.start('postgres', 'temporal', 'api', 'secondApi', 'worker');
    caller = openCaller([machine.apiUrl, machine.secondApiUrl], machine);
    const endsAt = Date.now() + MEASURED_MS;
    selling = sell(caller, { until: endsAt, clients: CLIENTS });
    // As a release does it, and as a crash does; the other one serves meanwhile.
    while (Date.now() < endsAt) {
      for (const how of ['stop', 'kill'] as const) {
        for (const name of ['api', 'secondApi'] satisfies ProcessName[]) {
          await machine[how](name);
          restarts[how] += 1;
          await machine.start(name);
          await sleep(BETWEEN_RESTARTS_MS);
        }
      }
    }
    await selling.ended;
  }, MEASURED_MS + 120_000);
  afterAll(async () => {
    report(`Two APIs restarted in turn for ${MEASURED_MS / 1000} s`, {
      seed,
      restarts,
      requests: caller.tally,
      availability: `${(availability() * 100).toFixed(3)} %`,
      sales: tellSales(selling.sales),
    });
    await machine.close();
  });
  const availability = () => 1 - caller.tally.unanswered / caller.tally.calls;

  it('answer the request that one of them dropped', () => {
    expect(caller.tally.repeats).toBeGreaterThan(0);
    expect(availability()).toBeGreaterThanOrEqual(AVAILABILITY);
    expect(caller.tally.faulty).toEqual([]);
    expect(selling.sales.flatMap(({ surprises }) => surprises)).toEqual([]);
  });

  it('have everything that they accepted, once', async () => {
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await findLosses(machine, selling.sales)).toEqual([]);
    expect(await machine.disagreements()).toEqual([]);
  });
});
