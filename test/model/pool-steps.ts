import * as fc from 'fast-check';
import { channels, isFree, productIds } from './state.ts';
import { step, told } from './step.ts';

export const moveAllocation = step(
  'move',
  fc.record({
    product: fc.constantFrom(...productIds),
    from: fc.constantFrom(...channels),
    units: fc.integer({ min: 1, max: 6 }),
  }),
  {
    act: async (world, { house }, { product, from, units }) => {
      const to = from === 'ota' ? 'direct' : 'ota';
      const fits = isFree(world, from, { [product]: units });
      if (fits) {
        world.allocated[from][product] = (world.allocated[from][product] ?? 0) - units;
        world.allocated[to][product] = (world.allocated[to][product] ?? 0) + units;
      }
      const ask = { product_id: product, from, to, units };
      const answer = await house.post('/api/admin/channels/move', ask, { key: 'admin' });
      return { expected: fits ? '200' : '409 ALLOCATION_NOT_FREE', answered: told(answer) };
    },
  },
);

/** A product's entitlements are withdrawn, or come back: whether its tickets can be issued. */
export const withdraw = step('withdraw or restore', fc.constantFrom(...productIds), {
  act: async (world, { house }, choice) => {
    const product = [...world.withdrawn][0] ?? choice;
    const active = world.withdrawn.delete(product);
    if (!active) world.withdrawn.add(product);
    await house.sql('update product_functions set active = $2 where product_id = $1', [product, active]);
    const done = active ? 'restored' : 'withdrawn';
    return { expected: done, answered: done, what: String(product) };
  },
});
