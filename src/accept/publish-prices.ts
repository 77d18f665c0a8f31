import { sql } from 'kysely';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { findPriceRules } from '../db/queries/price-rules.ts';
import { publishPriceList } from '../db/queries/publish-price-list.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { invalid, notFound } from '../domain/errors.ts';
import {
  changedPrices,
  type PriceChange,
  ruleProblems,
  withAddon,
  withoutAddon,
  withoutSpecialDate,
  withSpecialDate,
} from '../domain/price-changes.ts';
import type { PricedAddon, PriceRules } from '../domain/pricing.ts';
import { answerOnce, type Tell } from './answer-once.ts';
import type { Once } from './once.ts';

export type PriceEdit =
  | { edit: 'set_prices'; change: PriceChange }
  | { edit: 'set_special_date'; date: string; multiplierPermille: number }
  | { edit: 'remove_special_date'; date: string }
  | { edit: 'set_addon'; addon: PricedAddon }
  | { edit: 'remove_addon'; addonId: string };

/**
 * Accepts an edit of a product's prices by publishing a new list. The product's row is locked first, so that
 * of two edits at once neither undoes the other; holds keep the list that they were promised.
 */
export function publishPrices<T>(
  em: EntityManager,
  by: Accepting,
  productId: number,
  edit: PriceEdit,
  tell: Tell<T>,
): Promise<Once<T>> {
  const publish = async (tx: EntityManager) => {
    const { rows } = await sql<{ price_list_id: number | null }>`
      select price_list_id from products where product_id = ${productId} for no key update`.execute(
      tx.getKysely(),
    );
    const priceListId = rows[0]?.price_list_id;
    if (priceListId === undefined || priceListId === null) throw notFound('product', String(productId));
    const rules = edited(await findPriceRules(tx, priceListId), edit);
    const problems = ruleProblems(rules, []);
    if (problems.length > 0) throw invalid(problems);
    await publishPriceList(tx, productId, rules);
    await recordChange(tx, by, edit.edit, String(productId));
  };
  return answerOnce(em, by, publish, tell);
}

function edited(rules: PriceRules, edit: PriceEdit): PriceRules {
  switch (edit.edit) {
    case 'set_prices':
      return changedPrices(rules, edit.change);
    case 'set_special_date': {
      const { date, multiplierPermille } = edit;
      const { calendarFrom, calendarTo } = rules;
      if (date < calendarFrom || date > calendarTo) {
        const message = `must lie within the calendar, ${calendarFrom} to ${calendarTo}`;
        throw invalid([{ path: ['date'], message }]);
      }
      return withSpecialDate(rules, { date, multiplierPermille });
    }
    case 'remove_special_date': {
      const after = withoutSpecialDate(rules, edit.date);
      if (!after) throw notFound('special date', edit.date);
      return after;
    }
    case 'set_addon':
      return withAddon(rules, edit.addon);
    case 'remove_addon': {
      const after = withoutAddon(rules, edit.addonId);
      if (!after) throw notFound('add-on', edit.addonId);
      return after;
    }
  }
}
