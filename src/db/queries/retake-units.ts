import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { auditByWorker } from './accepting.ts';
import { moveLockedUnits, movesOfOrder, unitsOfOrder } from './move-units.ts';
import { recordRefund } from './record-refund.ts';
import { notifySettled } from './settle-order.ts';
import { tellOrder, tellRefund } from './webhook-events.ts';

/**
 * Takes the units of an expired order again for money that came late: all of them, or none. The order is
 * locked by `lockOrder` before. Returns whether the order is paid now.
 */
export async function retakeUnits(em: EntityManager, orderId: string, paymentId: string): Promise<boolean> {
  const { rows } = await sql`
    with o as materialized (
      select * from orders where order_id = ${orderId}::uuid and status = 'expired'
    ), wanted as (
      ${unitsOfOrder(orderId)}
    ), locked as materialized (
      select i.product_id, i.channel_allocations, channel_free(i.channel_allocations, o.channel_id) >= wanted.units as fits
        from product_inventory i join wanted using (product_id) cross join o
       order by i.product_id for update of i
    ), accepted as (
      select from locked having count(*) = (select count(*) from wanted) and bool_and(fits)
    ), paid as (
      update orders set status = 'paid', paid_at = clock_timestamp()
        from accepted where orders.order_id = ${orderId}::uuid and orders.status = 'expired'
      returning orders.*, ${tellOrder('order.paid', { payment_id: sql`${paymentId}::uuid` })}
    ), moves as (
      select m.*, locked.channel_allocations
        from (${movesOfOrder('paid', orderId, { reserved: 1, sold: 0 })}) m join locked using (product_id)
    ), lines as (
      update reservation_lines l
         set ordered = l.ordered + moves.units, released = l.released - moves.units
        from moves
       where l.reservation_id = moves.reservation_id and l.product_id = moves.product_id
    ), ${moveLockedUnits('moves', 'taken_again')}, decided as (
      update payments set awaits_units = false from paid
       where payment_id = ${paymentId}::uuid
    ), ${auditByWorker('take_units_again', 'paid', sql`paid.order_id::text`, runOfPayment(paymentId))}
    select 1 from paid`.execute(em.getKysely());
  return rows.length === 1;
}

/** The run of late money, as its id in Temporal. */
const runOfPayment = (paymentId: string) => sql`${`late-payment:${paymentId}`}::text`;

/** Records the refund of late money whose units are gone. The order is locked by `lockOrder` before. */
export async function refundLatePayment(
  em: EntityManager,
  paymentId: string,
  refundId: string,
  reason: string,
): Promise<void> {
  const { rows } = await sql<{ order_id: string }>`
    with o as (
      update orders set status = 'refund_due', failure_reason = ${reason}
       where order_id = (select order_id from payments where payment_id = ${paymentId}::uuid) and status = 'expired'
      returning *
    ), refund as (
      ${recordRefund(refundId, reason, sql`payments p join o using (order_id) where payment_id = ${paymentId}::uuid`)}
      returning ${tellRefund('o')}
    ), decided as (
      update payments set awaits_units = false from o
       where payment_id = ${paymentId}::uuid
    ), ${auditByWorker('refund_late_payment', 'o', sql`o.order_id::text`, runOfPayment(paymentId))}
    select order_id from o`.execute(em.getKysely());
  if (rows[0]) await notifySettled(em, rows[0].order_id);
}
