import { sql } from 'kysely';
import type { PriceRules } from '../../domain/pricing.ts';
import type { EntityManager } from '../open.ts';

/** Published lists never change (the table is append-only), so what was read once stays true. */
const publishedByDatabase = new WeakMap<object, Map<number, PriceRules>>();
const MAX_KEPT = 1_000;

/** The prices of a published list. */
export async function findPriceRules(em: EntityManager, priceListId: number): Promise<PriceRules> {
  const published = publishedByDatabase.get(em.config) ?? new Map<number, PriceRules>();
  publishedByDatabase.set(em.config, published);
  const known = published.get(priceListId);
  if (known) return known;
  const { rows } = await sql<{ rules: PriceRules }>`
    select rules from price_lists where price_list_id = ${priceListId}`.execute(em.getKysely());
  const [list] = rows;
  if (!list) throw new Error(`no price list ${priceListId}`);
  if (published.size >= MAX_KEPT) published.clear();
  published.set(priceListId, list.rules);
  return list.rules;
}

/** The prices that an order's hold was promised, by product. */
export async function findPriceRulesOfOrder(
  em: EntityManager,
  orderId: string,
): Promise<Map<number, PriceRules>> {
  const { rows } = await sql<{ product_id: number; price_list_id: number }>`
    select l.product_id, l.price_list_id
      from reservation_lines l join orders o using (reservation_id) where o.order_id = ${orderId}::uuid
  `.execute(em.getKysely());
  const rules = new Map<number, PriceRules>();
  for (const row of rows) rules.set(row.product_id, await findPriceRules(em, row.price_list_id));
  return rules;
}
