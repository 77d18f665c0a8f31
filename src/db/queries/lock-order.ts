import { sql } from 'kysely';
import type { KnownPayment } from '../../domain/payment.ts';
import type { OrderStatus, ReservationStatus } from '../../domain/states.ts';
import type { EntityManager } from '../open.ts';

export type LockedOrder = {
  order_id: string;
  reservation_id: string;
  partner_id: string;
  channel: string;
  status: OrderStatus;
  units: number;
  reservation_status: ReservationStatus;
  total_amount: number;
  currency: string;
  confirmed: boolean;
  known: KnownPayment[];
};

/**
 * Locks an order behind its reservation's row, the order in which everything is locked, and reads both
 * and the order's payments in a statement of its own: one that began before the lock was granted would
 * not see the rows that the former holder of the lock has added. Call it inside a transaction.
 */
export async function lockOrder(em: EntityManager, orderId: string): Promise<LockedOrder | undefined> {
  const db = em.getKysely();
  await sql`
    select 1 from channel_reservations
     where reservation_id = (select reservation_id from orders where order_id = ${orderId}::uuid)
       for update`.execute(db);
  const { rows } = await sql<LockedOrder>`
    select o.order_id, o.reservation_id, o.partner_id, r.channel, o.status, o.units, r.status as reservation_status,
           o.total_amount::float8 as total_amount, o.currency, o.confirmed_at is not null as confirmed,
           coalesce((select jsonb_agg(jsonb_build_object(
                       'paymentId', p.payment_id, 'reference', p.reference, 'verdict', p.verdict,
                       'sentBack', p.sent_back,
                       'activationReference', p.activation_reference,
                       'notifiedReference', p.notified_reference) order by p.received_at)
                       from payments p where p.order_id = o.order_id), '[]') as known
      from orders o join channel_reservations r using (reservation_id)
     where o.order_id = ${orderId}::uuid
       for update of o`.execute(db);
  return rows[0];
}
