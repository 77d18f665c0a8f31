import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import type { Accepting } from './accepting.ts';
import { latePaymentPayload, productIdsOfReservation, reservationPayload } from './commands.ts';

/** Rows whose runs have something left to do, and for which no command is on its way. */
const unfinished = sql`
  select workflow_id, kind, payload, reason from (
    select 'reservation:' || r.reservation_id as workflow_id, 'wake_reservation' as kind,
           ${reservationPayload(productIdsOfReservation)} as payload,
           case when r.status = 'held' then 'the hold is open' else 'an order is paid and has no tickets' end as reason
      from channel_reservations r
     where r.status = 'held'
        or r.reservation_id in (select reservation_id from orders where status = 'paid')
    union all
    select 'late-payment:' || p.payment_id, 'start_late_payment',
           ${latePaymentPayload},
           'late money is not decided'
      from payments p join orders o using (order_id) where p.awaits_units
    union all
    select 'webhook-delivery:' || d.delivery_id, 'start_webhook_delivery',
           delivery_payload(d.delivery_id, d.endpoint_id, d.event_type, false), 'an event is not delivered'
      from webhook_deliveries d where d.status = 'pending'
  ) work
   where not exists (select from workflow_commands c
                      where c.workflow_id = work.workflow_id and c.delivered_at is null)`;

export type UnfinishedWork = { workflow_id: string; reason: string };

/** Everything that some run still has to do, but for what is commanded already. */
export async function findUnfinishedWork(em: EntityManager): Promise<UnfinishedWork[]> {
  const { rows } = await sql<UnfinishedWork>`
    select workflow_id, reason from (${unfinished}) found order by workflow_id`.execute(em.getKysely());
  return rows;
}

/** Commands the runs with these ids anew, as far as there is still something to do for them. */
export async function commandUnfinishedWork(
  em: EntityManager,
  by: Accepting,
  workflowIds: string[],
): Promise<void> {
  await sql`
    with commanded as (
      insert into workflow_commands (workflow_id, kind, payload, due_at)
      select workflow_id, kind, payload, clock_timestamp() from (${unfinished}) found
       where workflow_id = any(${workflowIds}::text[])
      returning workflow_id
    )
    insert into audit_log (actor, key_id, action, subject, request_id, outcome)
    select ${by.partnerId}, ${by.keyId}::uuid, 'command_run', workflow_id, ${by.requestId}, 'accepted'
      from commanded`.execute(em.getKysely());
}
