import { describe, expect, it } from '@jest/globals';
import { seasonCatalogue } from '../../../src/db/seed/catalogue.ts';

const catalogue = seasonCatalogue();

describe('seasonCatalogue', () => {
  it('holds the pools of the first season', () => {
    const pools = catalogue.map(({ productId, sellableCap, allocations }) => ({
      productId,
      sellableCap,
      ...allocations,
    }));
    expect(pools).toEqual([
      { productId: 106, sellableCap: 3000, ota: 2000, direct: 1000 },
      { productId: 107, sellableCap: 2500, ota: 1500, direct: 1000 },
      { productId: 108, sellableCap: 2500, ota: 1500, direct: 1000 },
    ]);
  });

  it('holds the entitlements of the first season', () => {
    const entitlements = catalogue.map(({ name, functions }) => [
      name,
      Object.fromEntries(functions.map(({ functionCode, quantity }) => [functionCode, quantity])),
    ]);
    expect(Object.fromEntries(entitlements)).toEqual({
      'Premium Plan': { ferry: 1, monchhichi_gift: 1, playground_tokens: 10 },
      'Pet Plan': { pet_ferry: 1, pet_playground: 1 },
      'Deluxe Tea Set for two': { vip_ferry: 2, monchhichi_gift: 2, playground_tokens: 20, tea_set: 1 },
    });
  });

  it('sells token plan A with every product, plans B and C with 106 and 108', () => {
    const addons = catalogue.map(({ productId, priceRules }) => [
      productId,
      priceRules.addons.map(({ addonId, unitPrice, entitlements }) => [addonId, unitPrice, entitlements]),
    ]);
    const planA = ['tokens-plan-a', 100_00, [{ functionCode: 'playground_tokens', quantity: 10 }]];
    const planB = ['tokens-plan-b', 180_00, [{ functionCode: 'playground_tokens', quantity: 20 }]];
    const planC = ['tokens-plan-c', 400_00, [{ functionCode: 'playground_tokens', quantity: 50 }]];
    expect(addons).toEqual([
      [106, [planA, planB, planC]],
      [107, [planA]],
      [108, [planA, planB, planC]],
    ]);
  });

  it('gives plain data that survives JSON', () => {
    expect(JSON.parse(JSON.stringify(catalogue))).toEqual(catalogue);
  });
});
