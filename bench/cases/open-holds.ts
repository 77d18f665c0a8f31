import type { Bench } from '../support/bench.ts';
import { byMedian, type Comparison, compare, figuresOf } from '../support/figures.ts';
import { addHolds, endHolds } from '../support/fill-holds.ts';
import type { HttpClient } from '../support/http-client.ts';
import { closedLoop, type Operation } from '../support/load.ts';
import { readMemoryMb } from '../support/memory.ts';
import { inTurn } from '../support/rounds.ts';
import type { Slice } from '../support/slices.ts';
import { number } from '../support/table.ts';
import { atMost, type Case, type Row } from './case.ts';
import { reserveBarely, reserveBy, withCallers } from './reserving.ts';

const SHARE = 1.25;
const FEWEST = 100;
/** For the reservations after which memory is read. */
const RESERVERS = 16;

/** Whether a hold costs more where many are open. It comes first in a run, while hardly any is. */
export const openHolds: Case = {
  name: 'open-holds',
  title: 'reserve at one caller beside more and more open reservations, runs paused',
  runs: 'paused',
  run: (bench) =>
    withCallers(bench, RESERVERS, async (api, limits) => {
      const rows: Row[] = [];
      let fewest: Comparison | undefined;
      // An API that has just started is slow by itself. Its first reserves are the first that are open.
      await bench.measure(() => closedLoop(1, { operations: FEWEST }, reserveBy(api, bench.agencies)));
      for (const open of bench.byForm([FEWEST, 1_000, 3_000], [FEWEST, 5_000, 20_000])) {
        await fillUpTo(bench, open);
        const slices = await reserveAlone(bench, api, limits);
        const toBare = compare(slices.reserve, slices.limit, byMedian);
        rows.push(rowOf(open, slices, toBare, fewest));
        fewest ??= toBare;
      }
      await endHolds(bench.stack);
      const memory = await bench.byForm(
        async () => 'Quick form: fewer are open, and no memory is read.',
        () => readMemory(bench, api),
      )();
      return rows.map((row, index) =>
        index === rows.length - 1 ? { ...row, note: `${row.note}. ${memory}` } : row,
      );
    }),
};

type Slices = Record<'reserve' | 'limit', Slice[]>;

async function fillUpTo({ stack }: Bench, open: number): Promise<void> {
  const [row] = await stack.sql<{ count: number }>(
    "select count(*)::int from channel_reservations where status = 'held'",
  );
  const missing = open - (row?.count ?? 0);
  if (missing > 0) await addHolds(stack, missing, 'agency-1');
}

/** One caller's reserves and the bare statement, in turn. They add a few themselves. */
async function reserveAlone(bench: Bench, api: HttpClient, limits: HttpClient): Promise<Slices> {
  const operations = bench.byForm(30, 100);
  const alone = (operation: Operation) => () => bench.measure(() => closedLoop(1, { operations }, operation));
  return inTurn(
    bench,
    { rounds: bench.byForm(2, 5), seconds: 0 },
    { reserve: alone(reserveBy(api, bench.agencies)), limit: alone(reserveBarely(limits)) },
  );
}

/** What the machine does meanwhile meets the bare statement too, so p50 counts as a multiple of that one's. */
function rowOf(open: number, slices: Slices, toBare: Comparison, fewest: Comparison | undefined): Row {
  const [low, high] = toBare.spread;
  const by = fewest?.ratio ?? Number.NaN;
  const comparison: Comparison | null = fewest
    ? { ratio: toBare.ratio / by, spread: [low / by, high / by] }
    : null;
  return {
    what: `reserve, 1 caller, ${open} open`,
    figures: figuresOf(slices.reserve),
    limit: figuresOf(slices.limit),
    comparison,
    target: comparison && atMost(SHARE, comparison.ratio),
    note: `p50 is ${number(toBare.ratio)} × the bare statement's; ratio: to what it is with ${FEWEST} open`,
  };
}

/** What API and worker have in memory after some reservations and their runs, and what the same ones have after many. */
async function readMemory(bench: Bench, api: HttpClient): Promise<string> {
  await bench.setRuns('on');
  await bench.untilCaughtUp();
  const told: string[] = [];
  let reserved = 0;
  for (const total of [1_000, 20_000]) {
    const operations = total - reserved;
    reserved = total;
    await bench.measure(() => closedLoop(RESERVERS, { operations }, reserveBy(api, bench.agencies)));
    await bench.untilCaughtUp();
    const [worker] = bench.stack.members.pids('worker');
    const [ofApi, ofWorker] = [readMemoryMb(bench.api.pid), readMemoryMb(worker)];
    if (ofApi === undefined || ofWorker === undefined) return 'Memory is not known without /proc.';
    told.push(`${total} reservations API ${Math.round(ofApi)} MB, worker ${Math.round(ofWorker)} MB`);
    bench.tell(`memory after ${told.at(-1)}`);
  }
  return `Memory after ${told.join('; after ')}.`;
}
