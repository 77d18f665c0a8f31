import type { Case } from './case.ts';
import { load, reserveBarely, reserveBy, withCallers } from './reserving.ts';
import { byRate, compare, figuresOf } from '../support/figures.ts';
import { inTurn } from '../support/rounds.ts';

const CALLERS = 16;

/** Sales as they are, with their runs behind them. What is left of those is worked off before the limit's turn. */
export const reserve: Case = {
  name: 'reserve',
  title: 'reserve with its runs going on',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CALLERS, async (api, limits) => {
      let caughtUpSeconds = 0;
      const settle = async () => {
        caughtUpSeconds += await bench.untilCaughtUp();
      };
      const slices = await inTurn(
        bench,
        { rounds: bench.byForm(2, 4), seconds: bench.byForm(0.7, 4), warmUpSeconds: 0.5 },
        {
          reserve: load(bench, CALLERS, reserveBy(api, bench.agencies), settle),
          limit: load(bench, CALLERS, reserveBarely(limits)),
        },
      );
      const comparison = compare(slices.reserve, slices.limit, byRate);
      return [
        {
          what: 'reserve, 16 callers, runs behind it',
          figures: figuresOf(slices.reserve),
          limit: figuresOf(slices.limit),
          comparison,
          // The limit has no run behind it: the target is that of acceptance alone.
          target: null,
          note: `CPU with the runs; ${Math.round(caughtUpSeconds)} s to work them off`,
        },
      ];
    }),
};
