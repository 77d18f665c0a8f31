import { sql } from 'kysely';
import type { OpenWork } from '../../domain/fulfilment.ts';
import type { EntityManager } from '../open.ts';
import { latePaymentPayload, productIdsOfReservation, reservationPayload } from './commands.ts';

/** Reads what a run has to do; undefined where the reservation does not exist. */
export async function readOpenWork(em: EntityManager, reservationId: string): Promise<OpenWork | undefined> {
  const { rows } = await sql<OpenWork>`
    select r.status, to_jsonb(r.expires_at) #>> '{}' as expires_at,
           coalesce((select jsonb_agg(order_id) from (
                       select order_id from orders
                        where reservation_id = r.reservation_id and status = 'paid'
                        order by paid_at limit 25) paid), '[]') as paid_orders,
           (select jsonb_build_object('held', sum(units - sold - released), 'sold', sum(sold), 'released', sum(released))
              from reservation_lines where reservation_id = r.reservation_id) as units
      from channel_reservations r where r.reservation_id = ${reservationId}::uuid
  `.execute(em.getKysely());
  return rows[0];
}

/**
 * Commands the run of every row that should have moved on for more than a minute: a hold past its deadline,
 * a paid order without tickets, late money without a decision, a webhook whose next attempt was due. It
 * brings back runs that an operator terminated, and all that was due while everything was down. Where many
 * webhooks are late their runs are alive and wait for their turn, so each is commanded once in five minutes.
 * What is overdue is found by partial indexes: with OR instead of UNION, all reservations would be read.
 * Returns how many runs were commanded.
 */
export async function commandOverdueWork(em: EntityManager): Promise<number> {
  const { numAffectedRows } = await sql`
    with late_deliveries as (
      update webhook_deliveries set next_attempt_at = clock_timestamp() + interval '5 minutes'
       where delivery_id in (select delivery_id from webhook_deliveries
                              where status = 'pending' and next_attempt_at < clock_timestamp() - interval '1 minute'
                              order by next_attempt_at limit 1000 for update skip locked)
      returning *
    )
    insert into workflow_commands (workflow_id, kind, payload, due_at)
    select workflow_id, kind, payload, clock_timestamp() from (
      select 'reservation:' || r.reservation_id as workflow_id, 'wake_reservation' as kind,
             ${reservationPayload(productIdsOfReservation)} as payload
        from channel_reservations r
       where r.reservation_id in (select reservation_id from channel_reservations
                                   where status = 'held' and expires_at < clock_timestamp() - interval '1 minute'
                                   union
                                  select reservation_id from orders
                                   where status = 'paid' and paid_at < clock_timestamp() - interval '1 minute')
      union all
      select 'late-payment:' || p.payment_id, 'start_late_payment',
             ${latePaymentPayload}
        from payments p join orders o using (order_id)
       where p.awaits_units and p.received_at < clock_timestamp() - interval '1 minute'
      union all
      select 'webhook-delivery:' || d.delivery_id, 'start_webhook_delivery',
             delivery_payload(d.delivery_id, d.endpoint_id, d.event_type, false)
        from late_deliveries d
    ) overdue
     where not exists (select from workflow_commands c
                        where c.workflow_id = overdue.workflow_id and c.delivered_at is null)
     limit 2000
  `.execute(em.getKysely());
  return Number(numAffectedRows ?? 0n);
}
