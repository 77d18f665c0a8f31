import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { findLosses, tellSales, untilSettled } from './support/accounts.ts';
import { type Caller, openCaller } from './support/caller.ts';
import { byForm, seed } from './support/form.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { report } from './support/report.ts';
import { type Selling, sell } from './support/selling.ts';
import { openSmallDisk, type SmallDisk } from './support/small-disk.ts';

const SIZE = byForm({ flows: 60, clients: 12 }, { flows: 400, clients: 24 });
const TIMES = byForm(1, 4);
const SELLING_BEFORE_MS = 1_500;
const FULL_MS = byForm(6_000, 12_000);
const PAGE_BYTES = 8_192;
const SWITCH_EVERY_MS = 250;
/** Callers are promised 2 seconds; the short form may have to share its machine with other tests. */
const ANSWERED_WITHIN_MS = byForm(4_000, 2_000);
const SELLS_AGAIN_WITHIN_MS = 60_000;
const SETTLED_WITHIN_MS = 60_000;
const LIMIT_MS = byForm(300_000, 900_000);

/**
 * PostgreSQL refuses what needs another page of a table. It panics where it needs another file for its log
 * of changes, and cannot start again before there is room.
 */
describe.each(['tables', 'log of changes'])('a disk without room for the %s of PostgreSQL', (lacking) => {
  const panics = lacking === 'log of changes';
  let disk: SmallDisk;
  let machine: Machine;
  let caller: Caller;
  let selling: Selling;
  let leastFreeBytes = Number.POSITIVE_INFINITY;
  const soldAgainAfterMs: number[] = [];

  beforeAll(async () => {
    disk = openSmallDisk();
    machine = await openMachine({}, { postgresFolder: disk.folder });
    await machine.keep('postgres');
    await machine.start('temporal', 'api', 'worker');
    caller = openCaller([machine.apiUrl], machine);
    selling = sell(caller, SIZE);
    for (let time = 0; time < TIMES; time += 1) {
      await sleep(SELLING_BEFORE_MS);
      await disk.fill();
      leastFreeBytes = Math.min(leastFreeBytes, disk.freeBytes());
      await Promise.all([sleep(FULL_MS), panics && useUpLog()]);
      await disk.free();
      soldAgainAfterMs.push(await untilSold());
    }
    await selling.ended;
  }, LIMIT_MS);
  afterAll(async () => {
    report(`A disk that was full ${TIMES} times for ${FULL_MS / 1000} s, without room for ${lacking}`, {
      seed,
      requests: caller.tally,
      sales: tellSales(selling.sales),
      'PostgreSQL ended': machine.failures.length,
      'sold again after': soldAgainAfterMs.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', '),
    });
    await machine.close();
  });
  afterAll(() => disk.close());

  /** The file that is in use has been made at its full size: each switch takes the next one. */
  async function useUpLog(): Promise<void> {
    const before = machine.failures.length;
    await eventually('a panic', async () => {
      await machine.sql('select pg_switch_wal()').catch(() => {});
      await sleep(SWITCH_EVERY_MS);
      return machine.failures.length > before;
    });
  }

  async function untilSold(): Promise<number> {
    const freedAt = Date.now();
    const before = selling.sales.length;
    const sold = async () => selling.sales.length > before || selling.hasEnded();
    await eventually('a sale', sold, SELLS_AGAIN_WITHIN_MS);
    return Date.now() - freedAt;
  }

  it('refuses calls meanwhile, and has PostgreSQL end where its log cannot go on', () => {
    expect(leastFreeBytes).toBeLessThan(PAGE_BYTES);
    expect(caller.tally.unavailable).toBeGreaterThan(0);
    if (panics) expect(machine.failures.length).toBeGreaterThanOrEqual(TIMES);
  });

  it('answers every call in time with what its flow asks for, or with 503 and Retry-After', () => {
    const { faulty, silent, withoutRetryAfter, slowestMs } = caller.tally;
    expect({ faulty, silent, withoutRetryAfter }).toEqual({ faulty: [], silent: 0, withoutRetryAfter: 0 });
    expect(slowestMs).toBeLessThan(ANSWERED_WITHIN_MS);
    expect(selling.sales.flatMap(({ surprises }) => surprises)).toEqual([]);
    expect(selling.sales).toHaveLength(SIZE.flows);
  });

  it('lets neither API nor worker fall', () => {
    expect(machine.fallen).toEqual([]);
  });

  it('has everything that was accepted, once, and settles', async () => {
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await findLosses(machine, selling.sales)).toEqual([]);
    expect(await machine.disagreements()).toEqual([]);
  });
});
