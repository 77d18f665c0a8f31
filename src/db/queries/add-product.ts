import { sql } from 'kysely';
import type { PriceRules } from '../../domain/pricing.ts';
import type { EntityManager } from '../open.ts';
import { publishPriceList } from './publish-price-list.ts';

export type ProductToAdd = {
  productId: number;
  name: string;
  description: string;
  functions: { functionCode: string; label: string; quantity: number }[];
  priceRules: PriceRules;
  sellableCap: number;
  /** Units by channel. */
  allocations: Record<string, number>;
};

/**
 * Adds a product with all that it needs to be sold, and a pool of `testUnits` for each test channel. False
 * where its id is taken. Call it inside a transaction.
 */
export async function addProduct(
  em: EntityManager,
  product: ProductToAdd,
  testUnits: number,
): Promise<boolean> {
  const db = em.getKysely();
  // A test partner that is being added finds this product, or is found here: neither misses the other.
  await sql`lock table partners in share mode`.execute(db);
  const { rows } = await sql`
    insert into products (product_id, name, description)
    values (${product.productId}, ${product.name}, ${product.description})
    on conflict do nothing returning 1`.execute(db);
  if (rows.length === 0) return false;
  for (const [position, entitlement] of product.functions.entries()) {
    await sql`insert into product_functions (product_id, function_code, label, quantity, position)
              values (${product.productId}, ${entitlement.functionCode}, ${entitlement.label},
                      ${entitlement.quantity}, ${position})`.execute(db);
  }
  await publishPriceList(em, product.productId, product.priceRules);

  const { rows: sandbox } = await sql<{ channel: string }>`
    select distinct channel from partners where mode = 'test'`.execute(db);
  const forTests = Object.fromEntries(sandbox.map(({ channel }) => [channel, testUnits]));
  const pools = Object.entries({ ...forTests, ...product.allocations });
  const allocations = Object.fromEntries(
    pools.map(([channel, allocated]) => [channel, { allocated, reserved: 0, sold: 0 }]),
  );
  await sql`insert into product_inventory (product_id, sellable_cap, channel_allocations)
            values (${product.productId}, ${product.sellableCap}, ${JSON.stringify(allocations)}::jsonb)`.execute(
    db,
  );
  for (const [channel, allocated] of pools) {
    await sql`insert into inventory_ledger (product_id, channel, delta_allocated, reason)
              values (${product.productId}, ${channel}, ${allocated}, 'allocated')`.execute(db);
  }
  return true;
}
