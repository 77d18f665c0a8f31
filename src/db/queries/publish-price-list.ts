import { sql } from 'kysely';
import type { PriceRules } from '../../domain/pricing.ts';
import type { EntityManager } from '../open.ts';

/** Publishes new prices for a product. Holds that exist keep the list they were promised. */
export async function publishPriceList(
  em: EntityManager,
  productId: number,
  rules: PriceRules,
): Promise<void> {
  await sql`
    with list as (
      insert into price_lists (product_id, rules) values (${productId}, ${JSON.stringify(rules)}::jsonb)
      returning price_list_id
    )
    update products set price_list_id = list.price_list_id from list where product_id = ${productId}
  `.execute(em.getKysely());
}
