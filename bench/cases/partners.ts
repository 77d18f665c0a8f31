import { requestsOf } from '../../test/faults/support/requests.ts';
import { figuresOf } from '../support/figures.ts';
import { evenSchedule, openLoop } from '../support/load.ts';
import { latenciesOf } from '../support/percentiles.ts';
import { addAgency } from '../support/set-up.ts';
import { number } from '../support/table.ts';
import type { Case } from './case.ts';
import { type Endpoint, openPartner } from './partner-day.ts';
import { withCallers } from './reserving.ts';

const PARTNERS = 20;
const PER_MINUTE = 100;
/** Requests that were held up and come together must not meet the limit, which counts each of them. */
const LIMIT_PER_MINUTE = 150;
/** More than are ever needed at once, so that no request waits for one in the generator. */
const CONNECTIONS = 256;
const WARM_UP_SECONDS = 5;
const P99_MS = 500;
const LONGEST_MS = 2_000;

/** Twenty partners at work, each at a rate of its own that does not wait for answers. */
export const partners: Case = {
  name: 'partners',
  title: '20 partners at 100 requests a minute, mixed',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CONNECTIONS, async (api) => {
      const { stack } = bench;
      const gate = requestsOf(stack);
      const all: ReturnType<typeof openPartner>[] = [];
      for (let i = 1; i <= PARTNERS; i += 1) {
        const limited = { perMinute: LIMIT_PER_MINUTE };
        const agency = await addAgency(stack, bench.api.url, `partner-${i}`, limited);
        all.push(openPartner(api, agency, gate, i));
      }
      const byEndpoint = new Map<Endpoint, number[]>();
      const askNext = async (index: number, dueAt: number) => {
        const endpoint = await (all[index % PARTNERS] as (typeof all)[number]).next();
        const durationsMs = byEndpoint.get(endpoint) ?? [];
        byEndpoint.set(endpoint, durationsMs);
        durationsMs.push(performance.now() - dueAt);
      };
      const askFor = (seconds: number) =>
        bench.measure(() => openLoop(evenSchedule((PARTNERS * PER_MINUTE) / 60, seconds), askNext));
      await askFor(WARM_UP_SECONDS);
      byEndpoint.clear();
      const figures = figuresOf([await askFor(bench.byForm(12, 300))]);
      const p99s = [...byEndpoint].map(([endpoint, ms]) => [endpoint, latenciesOf(ms).p99Ms] as const);
      const met = p99s.every(([, p99Ms]) => p99Ms < P99_MS) && figures.maxMs <= LONGEST_MS;
      return [
        {
          what: `${PARTNERS} partners at ${PER_MINUTE} requests a minute, mixed`,
          figures,
          limit: null,
          comparison: null,
          target: { text: 'each p99 < 500 ms, none > 2 s', met },
          note: `p99 in ms: ${p99s.map(([endpoint, p99Ms]) => `${endpoint} ${number(p99Ms)}`).join(', ')}`,
        },
      ];
    }),
};
