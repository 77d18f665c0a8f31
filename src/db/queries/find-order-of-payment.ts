import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** The order that a payment is for; undefined where there is no such payment. */
export async function findOrderOfPayment(em: EntityManager, paymentId: string): Promise<string | undefined> {
  const { rows } = await sql<{ order_id: string }>`
    select order_id from payments where payment_id = ${paymentId}::uuid`.execute(em.getKysely());
  return rows[0]?.order_id;
}
