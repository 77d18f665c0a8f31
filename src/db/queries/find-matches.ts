import { sql } from 'kysely';
import type { MatchKind } from '../../domain/states.ts';
import type { EntityManager } from '../open.ts';

/** What a text was found to name, with the reservation that it belongs to, and the order where it is of one. */
export type Match = { kind: MatchKind; reservation_id: string; order_id: string | null };

/** What a text may be: whatever it says, and an id or a ticket's code that stands in it. */
export type Sought = { text: string; id: string | null; ticketCode: string | null };

/**
 * Finds what a text names, ids before references, at most `limit`. Each part is a look into an index: references are
 * unique or indexed within a partner, of which there are few, so each partner's are looked at.
 */
export async function findMatches(
  em: EntityManager,
  { text, id, ticketCode }: Sought,
  limit: number,
): Promise<Match[]> {
  const { rows } = await sql<Match>`
    with found (place, kind, reservation_id, order_id) as (
      select 1, 'reservation', reservation_id, null::uuid from channel_reservations
       where reservation_id = ${id}::uuid
      union all
      select 2, 'order', reservation_id, order_id from orders where order_id = ${id}::uuid
      union all
      select 3, 'payment', o.reservation_id, o.order_id
        from payments join orders o using (order_id) where payment_id = ${id}::uuid
      union all
      select 4, 'refund', o.reservation_id, o.order_id
        from refunds join orders o using (order_id) where refund_id = ${id}::uuid
      union all
      select 5, 'webhook_delivery', coalesce(o.reservation_id, (d.payload #>> '{data,reservation_id}')::uuid),
             o.order_id
        from webhook_deliveries d left join orders o on o.order_id = (d.payload #>> '{data,order_id}')::uuid
       where d.delivery_id = ${id}::uuid
      union all
      select 6, 'webhook_event', coalesce(o.reservation_id, (d.payload #>> '{data,reservation_id}')::uuid),
             o.order_id
        from webhook_endpoints e join webhook_deliveries d on d.endpoint_id = e.endpoint_id and d.event_id = ${id}::uuid
        left join orders o on o.order_id = (d.payload #>> '{data,order_id}')::uuid
      union all
      select 7, 'ticket', o.reservation_id, o.order_id
        from tickets join orders o using (order_id) where ticket_code = ${ticketCode}::text
      union all
      select 8, 'order', o.reservation_id, o.order_id
        from partners p join orders o on o.partner_id = p.partner_id and o.reference = ${text}
      union all
      select 9, 'reservation', r.reservation_id, null
        from partners p cross join lateral (
               select reservation_id from channel_reservations r
                where r.partner_id = p.partner_id and r.reference = ${text}
                order by reservation_id desc limit ${limit}) r
      union all
      (select 10, 'payment', o.reservation_id, o.order_id
         from payments join orders o using (order_id)
        where notified_reference = ${text} order by received_at desc limit ${limit})
      union all
      (select 10, 'payment', o.reservation_id, o.order_id
         from payments join orders o using (order_id)
        where activation_reference = ${text} order by received_at desc limit ${limit})
      union all
      select 11, 'scan', o.reservation_id, o.order_id
        from partners p join redemptions r on r.partner_id = p.partner_id and r.scan_id = ${text}
        join tickets using (ticket_code) join orders o using (order_id)
    ), each as (
      select min(place) as place, kind, reservation_id, order_id
        from found where reservation_id is not null group by kind, reservation_id, order_id
    )
    select kind, reservation_id, order_id from each order by place, reservation_id desc, order_id desc limit ${limit}
  `.execute(em.getKysely());
  return rows;
}
