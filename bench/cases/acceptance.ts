import { atLeast, type Case } from './case.ts';
import { load, reserveBarely, reserveBy, withCallers } from './reserving.ts';
import { byRate, compare, figuresOf } from '../support/figures.ts';
import { inTurn } from '../support/rounds.ts';
import { addAgency, PRODUCTS, SOLD_OUT_CHANNEL } from '../support/set-up.ts';

const CALLERS = 16;

/** Acceptance alone, and a refusal beside it: no run takes a share of the processors. */
export const acceptance: Case = {
  name: 'acceptance',
  title: 'reserve and sold-out reserve, runs paused',
  runs: 'paused',
  run: (bench) =>
    withCallers(bench, CALLERS, async (api, limits) => {
      const late = await addAgency(bench.stack, bench.api.url, 'agency-late', { channel: SOLD_OUT_CHANNEL });
      for (const product_id of PRODUCTS)
        await api.ask(late.post('/api/ota/reserve', { product_id, quantity: 1 }), 201);
      let asked = 0;
      const refused = async () => {
        asked += 1;
        const body = { product_id: PRODUCTS[asked % PRODUCTS.length], quantity: 1 };
        const told = await api.ask(late.post('/api/ota/reserve', body), 409);
        if (!told.includes('ALLOTMENT_EXHAUSTED')) throw new Error(`refused for another reason: ${told}`);
      };
      const slices = await inTurn(
        bench,
        { rounds: bench.byForm(2, 5), seconds: bench.byForm(0.4, 3) },
        {
          reserve: load(bench, CALLERS, reserveBy(api, bench.agencies)),
          limit: load(bench, CALLERS, reserveBarely(limits)),
          'sold-out': load(bench, CALLERS, refused),
        },
      );
      const accepted = compare(slices.reserve, slices.limit, byRate);
      const soldOut = compare(slices['sold-out'], slices.reserve, byRate);
      return [
        {
          what: 'reserve, 16 callers, acceptance alone',
          figures: figuresOf(slices.reserve),
          limit: figuresOf(slices.limit),
          comparison: accepted,
          target: atLeast(0.5, accepted.ratio),
          note: 'worker stopped, Temporal frozen',
        },
        {
          what: 'sold-out reserve, 16 callers',
          figures: figuresOf(slices['sold-out']),
          limit: figuresOf(slices.reserve),
          comparison: soldOut,
          target: atLeast(2, soldOut.ratio),
          note: 'limit: reserve, acceptance alone',
        },
      ];
    }),
};
