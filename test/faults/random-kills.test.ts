import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findLosses, tellSales, untilSettled } from './support/accounts.ts';
import { type Caller, openCaller } from './support/caller.ts';
import { chanceFrom } from './support/chance.ts';
import { byForm, seed } from './support/form.ts';
import { type Machine, openMachine, type ProcessName } from './support/machine.ts';
import { progress, report } from './support/report.ts';
import { type Selling, sell } from './support/selling.ts';

const SIZE = byForm({ flows: 80, clients: 16 }, { flows: 1_000, clients: 100 });
const VICTIMS: ProcessName[] = ['api', 'worker', 'temporal', 'postgres'];
const BETWEEN_KILLS_MS = byForm<[number, number]>([300, 2_500], [500, 8_000]);
const DOWN_MS = [0, 1_500] as const;
const SETTLED_WITHIN_SECONDS = 60;
/** A slow machine that is killed for as long as it sells never gets anything sold. */
const MOST_KILLS = byForm(24, 200);
const LIMIT_MS = byForm(400_000, 1_800_000);
const PROGRESS_EVERY = 50;

describe('kill -9 of every process at random moments', () => {
  let machine: Machine;
  let caller: Caller;
  let selling: Selling;
  let settledSeconds = 0;
  let left: object;
  const kills = Object.fromEntries(VICTIMS.map((name) => [name, 0])) as Record<ProcessName, number>;
  const startedAt = Date.now();

  beforeAll(async () => {
    machine = await openMachine();
    await machine.start('postgres', 'temporal', 'api', 'worker');
    caller = openCaller([machine.apiUrl], machine);
    selling = sell(caller, SIZE, (sold) => {
      if (sold % PROGRESS_EVERY === 0)
        progress(`${sold} of ${SIZE.flows} flows, kills ${JSON.stringify(kills)}`);
    });
    const lastFaultAt = await killUntilTheEnd();
    await selling.ended;
    left = await untilSettled(machine, lastFaultAt + SETTLED_WITHIN_SECONDS * 1000);
    settledSeconds = (Date.now() - lastFaultAt) / 1000;
  }, LIMIT_MS);

  afterAll(async () => {
    report(`${selling.sales.length} flows under kill -9`, {
      seed,
      seconds: ((Date.now() - startedAt) / 1000).toFixed(0),
      kills,
      'ended by themselves': machine.fallen.length,
      requests: caller.tally,
      sales: tellSales(selling.sales),
      'settled after the last kill': `${settledSeconds.toFixed(1)} s`,
    });
    await machine.close();
  });

  /** Each of the dead is started again after a while, whatever else is dead then. Returns the time of the last kill. */
  async function killUntilTheEnd(): Promise<number> {
    const chance = chanceFrom(seed, -2);
    const returning: Promise<void>[] = [];
    const kill = async (victim: ProcessName, downMs: number) => {
      await machine.kill(victim);
      await sleep(downMs);
      await machine.start(victim);
    };
    let lastFaultAt = Date.now();
    while (!selling.hasEnded() && returning.length < MOST_KILLS) {
      await sleep(chance.between(...BETWEEN_KILLS_MS));
      const downMs = chance.between(...DOWN_MS);
      const spared = Math.min(...Object.values(kills));
      const candidates = VICTIMS.filter((name) => machine.isUp(name) && kills[name] <= spared + 1);
      if (candidates.length === 0) continue;
      const victim = chance.pick(candidates);
      kills[victim] += 1;
      lastFaultAt = Date.now();
      returning.push(kill(victim, downMs));
    }
    await Promise.all(returning);
    return lastFaultAt;
  }

  it('kills each of them while it sells', () => {
    expect(Math.min(...Object.values(kills))).toBeGreaterThan(0);
  });

  it('answers each call with what its flow asks for, or 503', () => {
    expect(caller.tally.faulty).toEqual([]);
    expect(selling.sales.flatMap(({ surprises }) => surprises)).toEqual([]);
    expect(selling.sales).toHaveLength(SIZE.flows);
  });

  it('has settled everything within 60 seconds of the last kill', () => {
    expect(left).toEqual({});
  });

  it('has everything that it accepted, once', async () => {
    expect(await findLosses(machine, selling.sales)).toEqual([]);
  });

  it('agrees with itself', async () => {
    expect(await machine.disagreements()).toEqual([]);
  });
});
