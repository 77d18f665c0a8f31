import { OrderWatch } from '../../src/db/order-watch.ts';
import type { Bench } from '../support/bench.ts';
import { figuresOf } from '../support/figures.ts';
import { type HttpClient, timed } from '../support/http-client.ts';
import { closedLoop } from '../support/load.ts';
import { type Agency, PRODUCTS } from '../support/set-up.ts';
import type { Case } from './case.ts';
import { withCallers } from './reserving.ts';
import { orderUnits, payAndAwait } from './selling.ts';

const CALLERS = 10;
const UNITS_EACH = 100;
const SECONDS = 10;
const LONGEST_CALL_MS = 2_000;

/** A wholesaler's afternoon: thousands of packages, from the first hold to the last ticket. */
export const packages: Case = {
  name: 'packages',
  title: 'packages in orders of 100, from the first reserve to the last ticket',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CALLERS, async (api) => {
      const watch = new OrderWatch(bench.stack.databaseUrl, { warn: (_, message) => bench.tell(message) });
      await watch.open();
      try {
        const orders = bench.byForm(10, 50);
        const callsMs: number[] = [];
        const sell = sellPackages(bench, timed(api, callsMs), watch);
        const done = await bench.measure(async () => ({
          ...(await closedLoop(CALLERS, { operations: orders }, sell)),
          durationsMs: callsMs,
        }));
        const figures = figuresOf([done]);
        const units = orders * UNITS_EACH;
        const isLong = bench.byForm(false, true);
        const inTime = !isLong || done.seconds < SECONDS;
        return [
          {
            what: `${units} packages, ${orders} orders, ${CALLERS} callers`,
            figures,
            limit: null,
            comparison: null,
            target: {
              text: isLong ? '< 10 s, each call < 2 s' : 'each call < 2 s',
              met: inTime && figures.maxMs < LONGEST_CALL_MS,
            },
            note: `${done.seconds.toFixed(1)} s from the first reserve to the last ticket, ${Math.round(units / done.seconds)} packages/s; the figures are those of a call`,
          },
        ];
      } finally {
        await watch.close();
      }
    }),
};

function sellPackages({ agencies }: Bench, http: HttpClient, watch: OrderWatch) {
  let begun = 0;
  return async (caller: number) => {
    const productId = PRODUCTS[begun % PRODUCTS.length] as number;
    begun += 1;
    const agency = agencies[caller % agencies.length] as Agency;
    const { orderId } = await orderUnits(http, agency, UNITS_EACH, { productId });
    await payAndAwait(http, agency, orderId, watch);
    const told = await http.ask(agency.get(`/api/ota/orders/${orderId}/tickets`), 200);
    const { items } = JSON.parse(told) as { items: unknown[] };
    if (items.length !== UNITS_EACH) throw new Error(`order ${orderId} has ${items.length} tickets`);
  };
}
