import { afterAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { v7 as uuid } from 'uuid';
import { type House, openHouse } from '../support/house.ts';
import { scan } from './gate-steps.ts';
import {
  deadline,
  extend,
  extendByOperator,
  release,
  releaseByOperator,
  reserve,
  wake,
} from './hold-steps.ts';
import { activate, decideCase, notify, settleRefund } from './money-steps.ts';
import { cancelOrder, placeDirectOrder, placeOrder } from './order-steps.ts';
import { moveAllocation, withdraw } from './pool-steps.ts';
import { channels, productIds, type World } from './state.ts';
import type { Real } from './step.ts';
import { viewOfHouse, viewOfModel } from './view.ts';

/** CONTRIBUTING.md tells of these. */
const { TEST_MODEL_RUNS, TEST_MODEL_STEPS, TEST_MODEL_SEED, TEST_MODEL_PATH } = process.env;
const runs = Number(TEST_MODEL_RUNS ?? 10);
const steps = Number(TEST_MODEL_STEPS ?? 60);
/** A sequence takes about two seconds, several on a loaded machine. What is left goes into shortening a failure. */
const PATIENCE_MS = 60_000 + runs * 10_000;

/** So few units that pools run out, and channels differ. */
const FREE = { ota: 14, direct: 9 };
const MANY = 1_000_000;

/** Every kind of step; the ones that a story needs come more often. */
const kinds = [
  ...[reserve, reserve, reserve, placeOrder, placeOrder, placeOrder, placeOrder, placeDirectOrder],
  ...[activate, activate, activate, notify, notify, notify, notify, decideCase, decideCase, settleRefund],
  ...[cancelOrder, cancelOrder, release, deadline, extend, wake, scan, scan, scan, moveAllocation, withdraw],
  ...[extendByOperator, releaseByOperator],
];

// By itself fast-check begins with sequences of hardly any step.
const sequences = fc.noBias(fc.commands(kinds, { maxCommands: steps, size: 'max' }));

let house: House | undefined;
/** Sequences share a house until one fails in it. */
const closeHouse = async () => {
  const closing = house;
  house = undefined;
  await closing?.close();
};
afterAll(closeHouse);

describe('any sequence of operations', () => {
  it(
    'leaves inventory, holds, orders, payments, refunds and tickets as the model has them',
    async () => {
      const tally = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(sequences, async (sequence) => {
          house ??= await openHouse({ worker: true });
          try {
            await fc.asyncModelRun(() => begin(house!, tally), sequence);
            expect(await house.disagreements()).toEqual([]);
          } catch (error) {
            await closeHouse();
            throw error;
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

/** The house with little left to sell, and the model of it: what was before is counted as given away. */
async function begin(house: House, tally: Map<string, number>): Promise<{ model: World; real: Real }> {
  const world: World = {
    allocated: { ota: {}, direct: {} },
    before: await poolsOf(house),
    withdrawn: new Set(),
    holds: [],
    orders: [],
  };
  await house.sql('update product_functions set active = true');
  for (const product of productIds) {
    const allocations: Record<string, number> = {};
    for (const channel of channels) {
      const { reserved, sold } = world.before[`${product}/${channel}`] ?? { reserved: 0, sold: 0 };
      allocations[channel] = FREE[channel] + reserved + sold;
      world.allocated[channel][product] = allocations[channel];
    }
    const change = { sellable_cap: MANY, allocations };
    const answer = await house.post(`/api/admin/inventory/${product}`, change, { key: 'admin' });
    expect([answer.status, answer.body.code]).toEqual([200, undefined]);
  }
  const since = uuid();
  const seen = await viewOfHouse(house, since);
  expect(seen.view).toEqual(viewOfModel(world));
  return { model: world, real: { house, since, seen, tally } };
}

const poolsOf = async (house: House) => (await viewOfHouse(house, uuid())).view.pools;
