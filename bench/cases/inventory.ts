import { atLeast, type Case } from './case.ts';
import { json, load, withCallers } from './reserving.ts';
import type { Agency } from '../support/set-up.ts';
import { byRate, compare, figuresOf } from '../support/figures.ts';
import { inTurn } from '../support/rounds.ts';

const CALLERS = 64;
const PATH = '/api/ota/inventory';

export const inventory: Case = {
  name: 'inventory',
  title: 'GET inventory at 64 callers',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CALLERS, async (api, limits) => {
      const agencyOf = (caller: number) => bench.agencies[caller % bench.agencies.length] as Agency;
      const answer = await api.ask(agencyOf(0).get(PATH), 200);
      await limits.ask({ method: 'PUT', path: '/inventory', headers: json, body: answer }, 200);
      const size = Buffer.byteLength(answer);
      const read = async (caller: number) => {
        await api.ask(agencyOf(caller).get(PATH), 200);
      };
      const readBarely = async () => {
        const { length } = await limits.ask({ method: 'GET', path: '/inventory', headers: {} }, 200);
        if (length !== answer.length) throw new Error('the limit answered other bytes than the API');
      };
      const slices = await inTurn(
        bench,
        { rounds: bench.byForm(2, 5), seconds: bench.byForm(0.7, 3) },
        { inventory: load(bench, CALLERS, read), limit: load(bench, CALLERS, readBarely) },
      );
      const comparison = compare(slices.inventory, slices.limit, byRate);
      return [
        {
          what: 'GET inventory, 64 callers',
          figures: figuresOf(slices.inventory),
          limit: figuresOf(slices.limit),
          comparison,
          target: atLeast(0.5, comparison.ratio),
          note: `${size} bytes`,
        },
      ];
    }),
};
