import { validate as isUuid } from 'uuid';
import { Order } from '../db/entities/sale.ts';
import { Ticket } from '../db/entities/ticket.ts';
import { notFound } from '../domain/errors.ts';
import type { Caller } from './auth.ts';
import type { Services } from './services.ts';

/** Operators see every partner's sales; a partner sees its own. */
export const ownedBy = (caller: Caller) =>
  caller.permissions.includes('admin') ? {} : { partnerId: caller.partner_id };

/** An order that the caller may see, with all that is shown of it; another partner's is not found. */
export async function findOrder({ fork }: Services, orderId: string, caller: Caller) {
  const order = isUuid(orderId)
    ? await fork().findOne(
        Order,
        { orderId, ...ownedBy(caller) },
        { populate: ['lines', 'reservation', 'refunds'] },
      )
    : null;
  if (!order) throw notFound('order', orderId);
  return order;
}

export type FoundOrder = Awaited<ReturnType<typeof findOrder>>;

/** Refuses an order that `findOrder` would not find. */
export async function refuseForeignOrder({ fork }: Services, orderId: string, caller: Caller): Promise<void> {
  const found = isUuid(orderId) ? await fork().count(Order, { orderId, ...ownedBy(caller) }) : 0;
  if (found === 0) throw notFound('order', orderId);
}

/** An order's tickets after a unit number, in the order of the units; all of them where limit is null. */
export function readTickets({ fork }: Services, orderId: string, afterUnit: number, limit: number | null) {
  return fork().find(
    Ticket,
    { orderId, unitNumber: { $gt: afterUnit } },
    { populate: ['entitlements'], orderBy: { unitNumber: 'asc' }, ...(limit !== null && { limit }) },
  );
}
