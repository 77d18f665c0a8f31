import { OrderWatch } from '../../src/db/order-watch.ts';
import { openBareRuns } from '../support/bare-runs.ts';
import type { Bench } from '../support/bench.ts';
import { byRate, compare, figuresOf } from '../support/figures.ts';
import type { HttpClient } from '../support/http-client.ts';
import { inTurn } from '../support/rounds.ts';
import type { Agency } from '../support/set-up.ts';
import { atLeast, type Case } from './case.ts';
import { load, withCallers } from './reserving.ts';
import { orderUnits, payAndAwait } from './selling.ts';

/** Enough to keep the worker busy, and few enough for the API to deliver every command at once. */
const CALLERS = 24;

/** Sales from the hold to the tickets, of which as many begin as end. */
export const wholeLife: Case = {
  name: 'whole-life',
  title: 'reserve, order, webhook, tickets, sustained',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CALLERS, async (api) => {
      const watch = new OrderWatch(bench.stack.databaseUrl, { warn: (_, message) => bench.tell(message) });
      await watch.open();
      const bare = await openBareRuns(bench.stack);
      const settle = async () => {
        await bench.untilCaughtUp();
      };
      try {
        const slices = await inTurn(
          bench,
          { rounds: bench.byForm(2, 5), seconds: bench.byForm(1.5, 8) },
          {
            sale: load(bench, CALLERS, sellWith(bench, api, watch), settle),
            limit: load(bench, CALLERS, () => bare.run(), settle),
          },
        );
        const comparison = compare(slices.sale, slices.limit, byRate);
        return [
          {
            what: 'whole life, 24 callers',
            figures: figuresOf(slices.sale),
            limit: figuresOf(slices.limit),
            comparison,
            target: atLeast(0.8, comparison.ratio),
            note: 'limit: a bare run, started and woken by the same commands',
          },
        ];
      } finally {
        await bare.close();
        await watch.close();
      }
    }),
};

/** Sells a unit by the webhook, from the hold to the tickets. */
export function sellWith({ agencies }: Bench, http: HttpClient, watch: OrderWatch) {
  return async (caller: number) => {
    const agency = agencies[caller % agencies.length] as Agency;
    const { orderId } = await orderUnits(http, agency, 1);
    await payAndAwait(http, agency, orderId, watch);
  };
}
