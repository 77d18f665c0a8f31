import type { Bench } from '../support/bench.ts';
import { figuresOf } from '../support/figures.ts';
import type { HttpClient } from '../support/http-client.ts';
import { evenSchedule, openLoop } from '../support/load.ts';
import type { Case, Row } from './case.ts';
import { reserveBy, withCallers } from './reserving.ts';

/** More than are ever needed at once, so that no request waits for one in the generator. */
const CONNECTIONS = 256;
const P99_MS = 100;
const LONGEST_MS = 1_000;

/** Requests come when they come, and are timed from when they were due. Runs catch up meanwhile. */
export const openLoopReserve: Case = {
  name: 'open-loop',
  title: 'reserve at a set rate, runs catching up meanwhile',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CONNECTIONS, async (api) => {
      const aimed = await reserveAt(bench, api, 50, bench.byForm(5, 60));
      const target = {
        text: 'p99 < 100 ms, none > 1 s',
        met: aimed.figures.p99Ms < P99_MS && aimed.figures.maxMs <= LONGEST_MS,
      };
      return [{ ...aimed, target }, await reserveAt(bench, api, 100, bench.byForm(3, 60))];
    }),
};

async function reserveAt(bench: Bench, api: HttpClient, perSecond: number, seconds: number): Promise<Row> {
  const reserve = reserveBy(api, bench.agencies);
  let caughtUpSeconds = 0;
  const done = await bench.measure(
    () => openLoop(evenSchedule(perSecond, seconds), reserve),
    async () => {
      caughtUpSeconds = await bench.untilCaughtUp();
    },
  );
  bench.tell(`${perSecond}/s for ${seconds} s`);
  return {
    what: `reserve, open loop at ${perSecond}/s`,
    figures: figuresOf([done]),
    limit: null,
    comparison: null,
    target: null,
    note: `runs caught up ${caughtUpSeconds.toFixed(1)} s after the last request`,
  };
}
