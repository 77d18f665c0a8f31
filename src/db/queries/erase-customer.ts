import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import type { Accepting } from './accepting.ts';

/** Whose data: of one order, or of every order with an e-mail address, in whatever case it was written. */
export type ErasedCustomer = { orderId: string } | { email: string };

/**
 * Erases a customer's name, address and telephone from orders; nothing else keeps them. The audit log names
 * each order, not the customer. Returns the number of orders that had such data.
 */
export async function eraseCustomer(
  em: EntityManager,
  by: Accepting,
  whose: ErasedCustomer,
): Promise<number> {
  const chosen =
    'orderId' in whose
      ? sql`order_id = ${whose.orderId}::uuid`
      : sql`lower(customer ->> 'email') = lower(${whose.email})`;
  const { rows } = await sql<{ orders: number }>`
    with erased as (
      update orders set customer = null where ${chosen} and customer is not null returning order_id
    ), audit as (
      insert into audit_log (actor, key_id, action, subject, request_id, outcome)
      select ${by.partnerId}, ${by.keyId}::uuid, 'erase_customer', order_id::text, ${by.requestId}, 'accepted'
        from erased
    )
    select count(*)::int as orders from erased
  `.execute(em.getKysely());
  return rows[0]?.orders ?? 0;
}
