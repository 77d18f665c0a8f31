import { UNITS_TO_TRY_WITH } from '../../domain/allotment.ts';
import { Product } from '../entities/catalogue.ts';
import type { EntityManager } from '../open.ts';
import { addProduct } from '../queries/add-product.ts';
import { seasonCatalogue } from './catalogue.ts';

/** Seeds the first season's products, prices and pools; does nothing where a product exists already. */
export async function seedSeason(em: EntityManager): Promise<boolean> {
  if ((await em.count(Product)) > 0) return false;
  await em.transactional(async (tx) => {
    for (const product of seasonCatalogue()) await addProduct(tx, product, UNITS_TO_TRY_WITH);
  });
  return true;
}
