import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { Product } from '../entities/catalogue.ts';
import { publishPriceList } from '../queries/publish-price-list.ts';
import { type CatalogueProduct, seasonCatalogue } from './catalogue.ts';

/** Seeds the first season's products, prices and pools; does nothing where a product exists already. */
export async function seedSeason(em: EntityManager): Promise<boolean> {
  if ((await em.count(Product)) > 0) return false;
  await em.transactional(async (tx) => {
    for (const product of seasonCatalogue()) await addProduct(tx, product);
  });
  return true;
}

async function addProduct(em: EntityManager, product: CatalogueProduct): Promise<void> {
  const db = em.getKysely();
  await sql`insert into products (product_id, name, description)
            values (${product.productId}, ${product.name}, ${product.description})`.execute(db);
  for (const [position, entitlement] of product.functions.entries()) {
    await sql`insert into product_functions (product_id, function_code, label, quantity, position)
              values (${product.productId}, ${entitlement.functionCode}, ${entitlement.label},
                      ${entitlement.quantity}, ${position})`.execute(db);
  }
  await publishPriceList(em, product.productId, product.priceRules);

  const pools = Object.entries(product.allocations);
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
}
