import { openBareRuns } from '../support/bare-runs.ts';
import type { Bench } from '../support/bench.ts';
import { byMedian, compare, figuresOf } from '../support/figures.ts';
import type { HttpClient } from '../support/http-client.ts';
import { closedLoop } from '../support/load.ts';
import { inTurn } from '../support/rounds.ts';
import type { Agency } from '../support/set-up.ts';
import { atMost, type Case } from './case.ts';
import { withCallers } from './reserving.ts';
import { activate, orderUnits } from './selling.ts';

/** What one customer waits for between paying and holding tickets. Orders are placed before, and not timed. */
export const activateOne: Case = {
  name: 'activate-one',
  title: 'activate 1 unit at one caller',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, 1, async (api) => {
      const bare = await openBareRuns(bench.stack);
      const operations = bench.byForm(20, 100);
      try {
        const slices = await inTurn(
          bench,
          { rounds: bench.byForm(2, 5), seconds: 0 },
          {
            activate: () => activateOrders(bench, api, operations),
            limit: () => bench.measure(() => closedLoop(1, { operations }, () => bare.run())),
          },
        );
        const comparison = compare(slices.activate, slices.limit, byMedian);
        return [
          {
            what: 'activate 1 unit, 1 caller',
            figures: figuresOf(slices.activate),
            limit: figuresOf(slices.limit),
            comparison,
            target: atMost(1.5, comparison.ratio),
            note: 'ratio of p50; limit: start, signal and two empty activities of a bare run',
          },
        ];
      } finally {
        await bare.close();
      }
    }),
};

async function activateOrders(bench: Bench, api: HttpClient, operations: number) {
  const agency = bench.agencies[0] as Agency;
  const orders: string[] = [];
  for (let i = 0; i < operations; i += 1) orders.push((await orderUnits(api, agency, 1)).orderId);
  await bench.untilCaughtUp();
  return bench.measure(() =>
    closedLoop(1, { operations }, async () => {
      await activate(api, agency, orders.pop() as string);
    }),
  );
}
