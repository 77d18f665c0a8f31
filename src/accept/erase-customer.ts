import { Order } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { type ErasedCustomer, eraseCustomer as erase } from '../db/queries/erase-customer.ts';
import { notFound } from '../domain/errors.ts';

/** Accepts that a customer's personal data is erased. Orders, money and tickets stay. */
export async function eraseCustomer(
  em: EntityManager,
  by: Accepting,
  whose: ErasedCustomer,
): Promise<number> {
  if ('orderId' in whose && (await em.fork().count(Order, { orderId: whose.orderId })) === 0) {
    throw notFound('order', whose.orderId);
  }
  return erase(em, by, whose);
}
