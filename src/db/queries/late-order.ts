import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** The order that a late payment is for. */
export async function findLateOrder(em: EntityManager, paymentId: string): Promise<string | undefined> {
  const { rows } = await sql<{ order_id: string }>`
    select order_id from payments where payment_id = ${paymentId}::uuid and verdict = 'accepted'
  `.execute(em.getKysely());
  return rows[0]?.order_id;
}
