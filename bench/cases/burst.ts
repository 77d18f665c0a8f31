import { figuresOf } from '../support/figures.ts';
import { closedLoop } from '../support/load.ts';
import { addAgency, PRODUCTS } from '../support/set-up.ts';
import type { Case } from './case.ts';
import { reserveBy, withCallers } from './reserving.ts';

const CALLERS = 200;
const LONGEST_MS = 2_000;
const WARM_UP_CALLERS = 16;
const WARM_UP_RESERVES = 200;
const AGENCY = 'agency-burst';

/** A sale opens and everybody comes. All are answered, and afterwards every hold has its run. */
export const burst: Case = {
  name: 'burst',
  title: 'reserves at once from 200 callers',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CALLERS, async (api) => {
      const { stack } = bench;
      const operations = bench.byForm(400, 2_000);
      const agency = await addAgency(stack, bench.api.url, AGENCY);
      let sent = 0;
      let caughtUpSeconds = 0;
      const told = new Set<string>();
      const reserve = async () => {
        sent += 1;
        const body = {
          product_id: PRODUCTS[sent % PRODUCTS.length],
          quantity: 1,
          reference: `burst-${sent}`,
        };
        const { reservation_id } = JSON.parse(await api.ask(agency.post('/api/ota/reserve', body), 201)) as {
          reservation_id: string;
        };
        told.add(reservation_id);
      };
      // An API that has just started is no case of its own.
      const warmUp = reserveBy(api, bench.agencies);
      await bench.measure(() => closedLoop(WARM_UP_CALLERS, { operations: WARM_UP_RESERVES }, warmUp));
      await bench.untilCaughtUp();
      const done = await bench.measure(
        () => closedLoop(CALLERS, { operations }, reserve),
        async () => {
          caughtUpSeconds = await bench.untilCaughtUp();
        },
      );
      const stored = await stack.sql<{ reservation_id: string; delivered: boolean }>(
        `select reservation_id, exists (select from workflow_commands
            where workflow_id = 'reservation:' || reservation_id and delivered_at is not null) as delivered
           from channel_reservations where partner_id = $1`,
        [AGENCY],
      );
      const lost = [...told].filter(
        (id) => !stored.some((row) => row.reservation_id === id && row.delivered),
      );
      if (lost.length > 0) bench.problems.push(`of a burst ${lost.length} holds are lost, or have no run`);
      if (stored.length !== told.size)
        bench.problems.push(`a burst has ${stored.length} holds, and callers were told of ${told.size}`);
      const figures = figuresOf([done]);
      return [
        {
          what: `burst of ${operations} reserves, 200 callers`,
          figures,
          limit: null,
          comparison: null,
          target: { text: 'each < 2 s', met: figures.maxMs < LONGEST_MS },
          note: `answered in ${done.seconds.toFixed(1)} s, runs caught up ${caughtUpSeconds.toFixed(1)} s later; ${stored.length} holds, ${lost.length} lost`,
        },
      ];
    }),
};
