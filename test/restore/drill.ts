import type { Loss } from '../../src/relay/losses.ts';
import type { Repair } from '../../src/relay/reconcile-runs.ts';
import { allotment } from '../support/command-line.ts';
import { eventually, type House } from '../support/house.ts';
import { ordered, reserved } from '../support/sale.ts';

/** What `allotment reconcile --json` prints. */
export type Printed = {
  dry_run: boolean;
  newest_fact_at: string | null;
  repaired: Repair[];
  left: Loss[];
};

/** The steps of a drill on one house. */
export type Drill = ReturnType<typeof drillOn>;

export function drillOn(house: House) {
  const run = (...args: string[]) =>
    allotment(['reconcile', '--task-queue', house.config.taskQueue, ...args], {
      DATABASE_URL: house.config.databaseUrl,
      TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS ?? '',
    });
  return {
    /** The pools of the house find out one by one that their connections have gone. */
    reconnected: () =>
      eventually(
        'the API ready',
        async () =>
          (await house.get('/readyz')).status === 200 &&
          (await house.get('/api/ota/inventory')).status === 200,
      ),
    heldOrder: async (adults: number) => {
      const reservationId = await reserved(house, adults);
      return { reservationId, orderId: (await ordered(house, reservationId, adults)).order_id };
    },
    reconcile: async (...args: string[]) => {
      const { code, out, err } = await run('--json', ...args);
      if (out === '') throw new Error(err);
      return { code, ...(JSON.parse(out) as Printed) };
    },
    /** As an operator reads it. */
    reconcileInWords: async (...args: string[]) => (await run(...args)).out,
  };
}

export const idsOf = (repairs: Repair[], how: Repair['repair']): string[] =>
  repairs.filter(({ repair }) => repair === how).map(({ workflow_id }) => workflow_id);
