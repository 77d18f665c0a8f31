import { byRate, compare, figuresOf } from '../support/figures.ts';
import { inTurn } from '../support/rounds.ts';
import { PRODUCTS } from '../support/set-up.ts';
import { number } from '../support/table.ts';
import type { Case } from './case.ts';
import { load, reserveBarely, reserveBy, withCallers } from './reserving.ts';

const CALLERS = 16;
const HOT = PRODUCTS.slice(0, 1);

/** Everybody wants the same. Its row is locked by one hold after the other, so only so many are possible. */
export const hotProduct: Case = {
  name: 'hot-product',
  title: 'reserve on one product against three, runs paused',
  runs: 'paused',
  run: (bench) =>
    withCallers(bench, CALLERS, async (api, limits) => {
      const slices = await inTurn(
        bench,
        { rounds: bench.byForm(2, 5), seconds: bench.byForm(0.2, 3) },
        {
          one: load(bench, CALLERS, reserveBy(api, bench.agencies, HOT)),
          three: load(bench, CALLERS, reserveBy(api, bench.agencies)),
          bare: load(bench, CALLERS, reserveBarely(limits, HOT)),
        },
      );
      const { perSecond: ceiling } = figuresOf(slices.bare);
      return [
        {
          what: 'reserve on 1 product, 16 callers',
          figures: figuresOf(slices.one),
          limit: figuresOf(slices.three),
          comparison: compare(slices.one, slices.three, byRate),
          target: null,
          note:
            `limit: reserve on ${PRODUCTS.length} products. A row's ceiling, by the bare statement on one product: ` +
            `${number(ceiling)}/s, a lock of ${number(1000 / ceiling)} ms for each`,
        },
      ];
    }),
};
