import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { type AllocationMove, moveAllocation as move } from '../db/queries/move-allocation.ts';
import { type AllocationTargets, setAllocations as set } from '../db/queries/set-allocations.ts';
import { availableIn, type ChannelAllocations } from '../domain/allotment.ts';
import { invalid, notFound, Refusal } from '../domain/errors.ts';
import { once, type Once } from './once.ts';

/** Accepts a move of free units between two channels of a product, or refuses with the numbers. */
export function moveAllocation(
  em: EntityManager,
  by: Accepting,
  asked: AllocationMove,
): Promise<Once<ChannelAllocations>> {
  return once(em, by, async () => {
    const { productId, from, to, units } = asked;
    if (from === to) throw invalid([{ path: ['to'], message: 'must be another channel than from' }]);
    const found = await move(em, by, asked);
    if (!found) {
      throw invalid([{ path: ['product_id'], message: `There is no product ${productId}.` }]);
    }
    if (!found.moved) throw notFree(productId, from, found.allocations, `${units} were to be moved`);
    return found.allocations;
  });
}

/** Accepts a product's new cap or allocations, or refuses with the numbers that are in the way. */
export function setAllocations(
  em: EntityManager,
  by: Accepting,
  asked: AllocationTargets,
): Promise<Once<object>> {
  return once(em, by, async () => {
    const { productId, sellableCap, allocations } = asked;
    const found = await set(em, by, asked);
    if (!found) throw notFound('product', String(productId));
    if (found.changed) return {};
    for (const [channel, allocated] of Object.entries(allocations)) {
      const pool = found.allocations[channel];
      const used = pool ? pool.reserved + pool.sold : 0;
      if (allocated < used) {
        throw notFree(productId, channel, found.allocations, `it cannot be allocated ${allocated}`);
      }
    }
    const cap = sellableCap ?? found.sellable_cap;
    const present = Object.entries(found.allocations).map(([channel, pool]) => [channel, pool.allocated]);
    const after: Record<string, number> = { ...Object.fromEntries(present), ...allocations };
    const sum = Object.values(after).reduce((total, units) => total + units, 0);
    const parts = Object.entries(after).map(([channel, units]) => `${channel} ${units}`);
    throw new Refusal(
      'ALLOCATIONS_EXCEED_CAP',
      `Product ${productId} would have ${sum} units allocated (${parts.join(', ')}) with a sellable cap of ${cap}.`,
      { facts: { product_id: productId, sellable_cap: cap, allocated: sum } },
    );
  });
}

function notFree(productId: number, channel: string, allocations: ChannelAllocations, but: string): Refusal {
  const { allocated, reserved, sold } = allocations[channel] ?? { allocated: 0, reserved: 0, sold: 0 };
  const free = availableIn(allocations, channel);
  return new Refusal(
    'ALLOCATION_NOT_FREE',
    `Product ${productId} has ${allocated} units allocated to channel ${channel}: ${reserved} reserved, ${sold} sold, ${free} free; ${but}.`,
    { facts: { product_id: productId, channel, allocated, reserved, sold, free } },
  );
}
