import { sql } from 'kysely';
import { Product, ProductFunction } from '../db/entities/catalogue.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { addProduct, type ProductToAdd } from '../db/queries/add-product.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { UNITS_TO_TRY_WITH, unitsWithinCap } from '../domain/allotment.ts';
import { invalid, notFound, Refusal } from '../domain/errors.ts';
import { ruleProblems } from '../domain/price-changes.ts';
import { answerOnce, type Tell } from './answer-once.ts';
import { exceedsCap } from './move-allocation.ts';
import type { Once } from './once.ts';

export type ProductChange = {
  name?: string | undefined;
  description?: string | undefined;
  active?: boolean | undefined;
};
export type FunctionChange = { functionCode: string; label: string; quantity: number; active: boolean };

/** Accepts a product with entitlements, prices and pools, also for test partners: from then on it is on sale. */
export function createProduct<T>(
  em: EntityManager,
  by: Accepting,
  product: ProductToAdd,
  tell: Tell<T>,
): Promise<Once<T>> {
  const { productId, sellableCap, allocations, priceRules } = product;
  const create = async (tx: EntityManager) => {
    const problems = ruleProblems(priceRules, ['prices']);
    if (problems.length > 0) throw invalid(problems);
    if (unitsWithinCap(allocations) > sellableCap) throw exceedsCap(productId, sellableCap, allocations);
    if (!(await addProduct(tx, product, UNITS_TO_TRY_WITH))) {
      throw new Refusal('ALREADY_EXISTS', `There is a product ${productId} already.`);
    }
    await recordChange(tx, by, 'create_product', String(productId));
  };
  return answerOnce(em, by, create, tell);
}

/** Changes how a product is called, or whether it is on sale. Holds and orders that exist are carried through. */
export function changeProduct<T>(
  em: EntityManager,
  by: Accepting,
  productId: number,
  { name, description, active }: ProductChange,
  tell: Tell<T>,
): Promise<Once<T>> {
  const change = async (tx: EntityManager) => {
    await lockProduct(tx, productId);
    await tx.nativeUpdate(
      Product,
      { productId },
      {
        productId,
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
        ...(active !== undefined && { active }),
      },
    );
    if (active === true) await needsAnEntitlement(tx, productId);
    await recordChange(tx, by, 'change_product', String(productId));
  };
  return answerOnce(em, by, change, tell);
}

/**
 * Adds an entitlement to a product, or changes one. Tickets that are issued keep what they have; those of
 * orders paid but not issued yet get what the product has then.
 */
export function setFunction<T>(
  em: EntityManager,
  by: Accepting,
  productId: number,
  { functionCode, label, quantity, active }: FunctionChange,
  tell: Tell<T>,
): Promise<Once<T>> {
  const set = async (tx: EntityManager) => {
    await lockProduct(tx, productId);
    await sql`
      insert into product_functions (product_id, function_code, label, quantity, active, position)
      values (${productId}, ${functionCode}, ${label}, ${quantity}, ${active},
              (select coalesce(max(position) + 1, 0) from product_functions where product_id = ${productId}))
      on conflict (product_id, function_code) do update
         set label = excluded.label, quantity = excluded.quantity, active = excluded.active
    `.execute(tx.getKysely());
    await needsAnEntitlement(tx, productId);
    await recordChange(tx, by, 'set_function', `${productId}/${functionCode}`);
  };
  return answerOnce(em, by, set, tell);
}

/** Edits of one product happen one after the other. */
async function lockProduct(tx: EntityManager, productId: number): Promise<void> {
  const { rows } =
    await sql`select 1 from products where product_id = ${productId} for no key update`.execute(
      tx.getKysely(),
    );
  if (rows.length === 0) throw notFound('product', String(productId));
}

/** Without an entitlement, issuing the tickets of a paid order is refused for good and the order refunded. */
async function needsAnEntitlement(tx: EntityManager, productId: number): Promise<void> {
  const onSale = await tx.count(Product, { productId, active: true });
  if (onSale === 0 || (await tx.count(ProductFunction, { product: productId, active: true })) > 0) return;
  throw new Refusal(
    'ENTITLEMENT_NEEDED',
    `Product ${productId} is on sale and would have no active entitlement left.`,
  );
}
