import { sql } from 'kysely';
import type { ChannelAllocations } from '../../domain/allotment.ts';
import type { PriceRules } from '../../domain/pricing.ts';
import type { EntityManager } from '../open.ts';
import { findPriceRules } from './price-rules.ts';

/** A product on sale with its pools and prices. */
export type ProductOnSale = {
  productId: number;
  name: string;
  allocations: ChannelAllocations;
  priceListId: number;
  rules: PriceRules;
};

/** All products on sale, by their ids. With a value in its text, so that it is planned once. */
export async function readShelf(em: EntityManager): Promise<ProductOnSale[]> {
  const { rows } = await sql<Omit<ProductOnSale, 'rules'>>`
    select product_id as "productId", name, channel_allocations as allocations, price_list_id as "priceListId"
      from products join product_inventory using (product_id)
     where active = ${true} and price_list_id is not null
     order by product_id`.execute(em.getKysely());
  return Promise.all(rows.map(async (row) => ({ ...row, rules: await findPriceRules(em, row.priceListId) })));
}
