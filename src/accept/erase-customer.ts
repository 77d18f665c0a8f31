import { Order } from '../db/entities/sale.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { type ErasedCustomer, eraseCustomer as erase } from '../db/queries/erase-customer.ts';
import { notFound } from '../domain/errors.ts';
import { answerOnce, type Tell } from './answer-once.ts';
import type { Once } from './once.ts';

/** Accepts that a customer's personal data is erased; tells of the number of orders. Orders, money and tickets stay. */
export function eraseCustomer<T>(
  em: EntityManager,
  by: Accepting,
  whose: ErasedCustomer,
  tell: Tell<T, number>,
): Promise<Once<T>> {
  const eraseOrders = async (tx: EntityManager) => {
    if ('orderId' in whose && (await tx.count(Order, { orderId: whose.orderId })) === 0) {
      throw notFound('order', whose.orderId);
    }
    return erase(tx, by, whose);
  };
  return answerOnce(em, by, eraseOrders, tell);
}
