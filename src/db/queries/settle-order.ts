import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { auditByWorker, runOf } from './accepting.ts';
import { tellReservation } from './webhook-events.ts';

/** A hold that keeps no unit and waits for no ticket has ended: sold out, or given back by compensation. */
export async function completeHold(em: EntityManager, orderId: string): Promise<void> {
  await sql`
    with r as (
    update channel_reservations r
       set status = case when sums.released = 0 then 'completed' else 'released' end, ended_at = clock_timestamp()
      from (select l.reservation_id, sum(l.units - l.released - l.sold) as kept, sum(l.released) as released
              from reservation_lines l join orders o using (reservation_id)
             where o.order_id = ${orderId}::uuid group by l.reservation_id) sums
     where r.reservation_id = sums.reservation_id and r.status = 'held' and sums.kept = 0
       and not exists (select from orders where reservation_id = r.reservation_id and status = 'paid')
    returning r.*, case when r.status = 'released' then ${tellReservation('reservation.released')} end as told
    ), ${auditByWorker('complete_reservation', 'r', sql`r.reservation_id::text`, runOf('r'))}
    select 1
  `.execute(em.getKysely());
}

/** The channel on which PostgreSQL tells the API processes of orders that need no more waiting for. */
export const SETTLED = 'order_settled';

/** Wakes the API processes that wait for this order; sent by PostgreSQL when the transaction commits. */
export async function notifySettled(em: EntityManager, orderId: string): Promise<void> {
  await sql`select pg_notify(${SETTLED}, ${orderId})`.execute(em.getKysely());
}
