import { describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import * as fc from 'fast-check';
import { type House, openHouse } from '../support/house.ts';
import { scan } from './gate-steps.ts';
import { deadline, extend, release, reserve, wake } from './hold-steps.ts';
import { activate, decideCase, notify, settleRefund } from './money-steps.ts';
import { cancelOrder, placeDirectOrder, placeOrder } from './order-steps.ts';
import { moveAllocation, withdraw } from './pool-steps.ts';
import { channels, productIds, type World } from './state.ts';
import type { Real } from './step.ts';
import { viewOfHouse, viewOfModel } from './view.ts';

/** CONTRIBUTING.md tells of these. */
const { TEST_MODEL_RUNS, TEST_MODEL_STEPS, TEST_MODEL_SEED, TEST_MODEL_PATH } = process.env;
const runs = Number(TEST_MODEL_RUNS ?? 12);
const steps = Number(TEST_MODEL_STEPS ?? 45);
/** A sequence takes about two seconds, several on a loaded machine. What is left goes into shortening a failure. */
const PATIENCE_MS = 60_000 + runs * 10_000;

// A worker for each sequence, and each would tell of its every state.
Runtime.install({ logger: new DefaultLogger('ERROR') });

/** So few units that pools run out, and channels differ. */
const ALLOCATED = { ota: 14, direct: 9 };

/** Every kind of step; the ones that a story needs come more often. */
const kinds = [
  ...[reserve, reserve, placeOrder, placeOrder, placeOrder, activate, activate, notify, notify, notify],
  ...[placeDirectOrder, cancelOrder, cancelOrder, scan, scan, release, deadline, extend, wake],
  ...[decideCase, decideCase, settleRefund, moveAllocation, withdraw],
];

// By itself fast-check begins with sequences of hardly any step.
const sequences = fc.noBias(fc.commands(kinds, { maxCommands: steps, size: 'max' }));

describe('any sequence of operations', () => {
  it(
    'leaves inventory, holds, orders, payments, refunds and tickets as the model has them',
    async () => {
      const tally = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(sequences, async (sequence) => {
          const house = await openHouse({ worker: true });
          try {
            await fc.asyncModelRun(() => begin(house, tally), sequence);
            expect(await house.disagreements()).toEqual([]);
          } finally {
            await house.close();
          }
        }),
        {
          numRuns: runs,
          ...(TEST_MODEL_SEED && { seed: Number(TEST_MODEL_SEED) }),
          ...(TEST_MODEL_PATH && { path: TEST_MODEL_PATH }),
          interruptAfterTimeLimit: PATIENCE_MS,
        },
      );
      if (TEST_MODEL_RUNS) console.table(Object.fromEntries([...tally].toSorted()));
    },
    PATIENCE_MS + 60_000,
  );
});

/** A house with little to sell, and the model of it. */
async function begin(house: House, tally: Map<string, number>): Promise<{ model: World; real: Real }> {
  const world: World = {
    allocated: { ota: {}, direct: {} },
    withdrawn: new Set(),
    holds: [],
    orders: [],
  };
  for (const product of productIds) {
    const answer = await house.post(
      `/api/admin/inventory/${product}`,
      { allocations: ALLOCATED },
      { key: 'admin' },
    );
    expect(answer.status).toBe(200);
    for (const channel of channels) world.allocated[channel][product] = ALLOCATED[channel];
  }
  const seen = await viewOfHouse(house);
  expect(seen.view).toEqual(viewOfModel(world));
  return { model: world, real: { house, seen, tally } };
}
