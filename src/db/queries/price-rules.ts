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
