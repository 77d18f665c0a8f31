import type { Bench } from '../support/bench.ts';
import { byMedian, compare, figuresOf } from '../support/figures.ts';
import type { HttpClient } from '../support/http-client.ts';
import { addLimitOrder } from '../support/limit-tickets.ts';
import { closedLoop } from '../support/load.ts';
import { inTurn } from '../support/rounds.ts';
import type { Agency } from '../support/set-up.ts';
import type { Case } from './case.ts';
import { json, withCallers } from './reserving.ts';
import { activate, orderUnits } from './selling.ts';

const UNITS = 2_000;
/** How many times the limit it may take, and how long at most. */
const SHARE = 4;
const LONGEST_MS = 1_000;

/** One group, one payment, and a ticket for each of its guests. */
export const activateMany: Case = {
  name: 'activate-many',
  title: 'activate an order of 2,000 units',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, 1, async (api, limits) => {
      const slices = await inTurn(
        bench,
        { rounds: bench.byForm(2, 5), seconds: 0 },
        { activate: () => activateGroup(bench, api), limit: () => issueBarely(bench, limits) },
      );
      const figures = figuresOf(slices.activate);
      const comparison = compare(slices.activate, slices.limit, byMedian);
      const met = comparison.ratio <= SHARE && figures.maxMs < LONGEST_MS;
      return [
        {
          what: 'activate 2,000 units, 1 caller',
          figures,
          limit: figuresOf(slices.limit),
          comparison,
          target: { text: '≤ 4 ×, each < 1 s', met },
          note: 'ratio of p50; limit: signing, and the same rows by one INSERT … SELECT unnest',
        },
      ];
    }),
};

async function activateGroup(bench: Bench, api: HttpClient) {
  const agency = bench.agencies[0] as Agency;
  const { orderId } = await orderUnits(api, agency, UNITS);
  await bench.untilCaughtUp();
  return bench.measure(() =>
    closedLoop(1, { operations: 1 }, async () => {
      const { length } = await activate(api, agency, orderId);
      if (length !== UNITS) throw new Error(`an order of ${UNITS} units has ${length} tickets`);
    }),
  );
}

async function issueBarely(bench: Bench, limits: HttpClient) {
  const order_id = await addLimitOrder(bench.stack.limitsDatabaseUrl, UNITS);
  const body = JSON.stringify({ order_id, units: UNITS });
  return bench.measure(() =>
    closedLoop(1, { operations: 1 }, async () => {
      await limits.ask({ method: 'POST', path: '/issue', headers: json, body }, 200);
    }),
  );
}
