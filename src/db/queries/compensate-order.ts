import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { auditByWorker, runOf } from './accepting.ts';
import { moveUnits } from './move-units.ts';
import { recordRefundOfOrder } from './record-refund.ts';
import { completeHold, notifySettled } from './settle-order.ts';
import { tellRefund } from './webhook-events.ts';

/**
 * Undoes an order that is paid but cannot be fulfilled: its tickets are void, its units go back to the
 * pool from wherever they are, and the refund of its payment is recorded. The order is locked before.
 * Its own lines may be what is wrong, so its units are what the ledger says it was sold or, before that,
 * what the hold's other orders leave over.
 */
export async function compensateOrder(
  em: EntityManager,
  orderId: string,
  refundId: string,
  reason: string,
): Promise<void> {
  await sql`
    with o as (
      update orders set status = 'refund_due', failure_reason = ${reason}
       where order_id = ${orderId}::uuid and status = 'paid'
      returning *
    ), voided as (
      update tickets set status = 'void' from o where tickets.order_id = o.order_id and tickets.status = 'valid'
    ), back as (
      select l.product_id, o.channel_id as channel, o.reservation_id, o.order_id, o.confirmed_at is not null as was_sold,
             case when o.confirmed_at is null then greatest(0, l.ordered - coalesce(sum(other_line.units), 0)::int)
                  else coalesce((select sum(delta_sold)::int from inventory_ledger entry
                                  where entry.order_id = o.order_id and entry.product_id = l.product_id), 0)
             end as units
        from o
        join reservation_lines l using (reservation_id)
        left join orders other on other.reservation_id = o.reservation_id and other.order_id <> o.order_id
                              and other.status in ('pending_payment', 'paid', 'fulfilled')
        left join order_lines other_line on other_line.order_id = other.order_id
                                        and other_line.product_id = l.product_id
       group by l.product_id, l.ordered, o.reservation_id, o.order_id, o.channel_id, o.confirmed_at
    ), moves as (
      select *, case when was_sold then 0 else -units end as by_reserved,
             case when was_sold then -units else 0 end as by_sold
        from back where units > 0
    ), lines as (
      update reservation_lines l
         set ordered = l.ordered - moves.units, released = l.released + moves.units, sold = l.sold + moves.by_sold
        from moves
       where l.reservation_id = moves.reservation_id and l.product_id = moves.product_id
    ), ${moveUnits('moves', 'compensated')}, refund as (
      ${recordRefundOfOrder(refundId, reason)}
      returning ${tellRefund('o')}
    ), ${auditByWorker('compensate_order', 'o', sql`o.order_id::text`, runOf('o'))}
    select 1
  `.execute(em.getKysely());
  await completeHold(em, orderId);
  await notifySettled(em, orderId);
}
