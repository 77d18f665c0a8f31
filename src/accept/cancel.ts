import { v7 as uuid } from 'uuid';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { cancelFulfilledOrder, cancelUnpaidOrder, voidUnusedTickets } from '../db/queries/cancel-order.ts';
import { keepAnswer } from '../db/queries/keep-answer.ts';
import { lockOrder } from '../db/queries/lock-order.ts';
import { notFound, Refusal } from '../domain/errors.ts';
import { type Once, once } from './once.ts';

/**
 * Accepts a cancellation, in one transaction that locks the reservation, the order and its tickets in that
 * order: an unpaid order's units go back to its hold; a fulfilled one of which nothing was redeemed has its
 * tickets voided, its units given back to the pool and its refund recorded. A repeat changes nothing.
 */
export function cancelOrder(
  em: EntityManager,
  by: Accepting,
  orderId: string,
  reason: string,
): Promise<Once<object>> {
  return once(em, by, () =>
    em.fork().transactional(async (tx) => {
      const order = await lockOrder(tx, orderId);
      if (!order || order.partner_id !== by.partnerId) throw notFound('order', orderId);
      switch (order.status) {
        case 'cancelled':
          await keepAnswer(tx, by, {});
          break;
        case 'pending_payment':
          await cancelUnpaidOrder(tx, by, orderId, reason);
          break;
        case 'fulfilled': {
          const redemptions = await voidUnusedTickets(tx, orderId);
          if (redemptions > 0) {
            throw notCancellable(`Order ${orderId} has been used: ${redemptions} redemptions at the gate.`);
          }
          await cancelFulfilledOrder(tx, by, orderId, uuid(), reason);
          break;
        }
        case 'paid':
          throw notCancellable(
            `Order ${orderId} is paid and its tickets are being issued. Try again in a moment.`,
          );
        case 'expired':
        case 'refund_due':
          throw notCancellable(`Order ${orderId} is ${order.status}; there is nothing left to cancel.`);
      }
      return {};
    }),
  );
}

const notCancellable = (detail: string) => new Refusal('ORDER_NOT_CANCELLABLE', detail);
