import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** Of the rows behind these runs, which there are, and whether they have anything left to do. */
export async function findRowsOfRuns(
  em: EntityManager,
  workflowIds: string[],
): Promise<Map<string, { unfinished: boolean }>> {
  const { rows } = await sql<{ workflow_id: string; unfinished: boolean }>`
    with asked as materialized (
      select workflow_id, split_part(workflow_id, ':', 1) as kind, split_part(workflow_id, ':', 2)::uuid as id
        from unnest(${workflowIds.filter(namesRow)}::text[]) as run (workflow_id)
    )
    select asked.workflow_id,
           r.status = 'held' or exists (select from orders o where o.reservation_id = r.reservation_id
                                                               and o.status = 'paid') as unfinished
      from asked join channel_reservations r on asked.kind = 'reservation' and r.reservation_id = asked.id
    union all
    select asked.workflow_id, p.awaits_units or o.status = 'paid'
      from asked join payments p on asked.kind = 'late-payment' and p.payment_id = asked.id
      join orders o using (order_id)
    union all
    select asked.workflow_id, d.status = 'pending'
      from asked join webhook_deliveries d on asked.kind = 'webhook-delivery' and d.delivery_id = asked.id
  `.execute(em.getKysely());
  return new Map(rows.map(({ workflow_id, unfinished }) => [workflow_id, { unfinished }]));
}

/** Whether a run's id is made of the id of a row: others are of runs that somebody started by hand. */
export const namesRow = (workflowId: string): boolean =>
  /^(reservation|late-payment|webhook-delivery):[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(workflowId);

/** The orders that there are, with their states. */
export async function findOrderStates(em: EntityManager, orderIds: string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ order_id: string; status: string }>`
    select order_id, status from orders where order_id = any(${orderIds}::uuid[])`.execute(em.getKysely());
  return new Map(rows.map(({ order_id, status }) => [order_id, status]));
}

/**
 * Of these endpoints, those that there are, and those that there were: a deleted one goes after a week, and
 * only the audit log knows of it then.
 */
export async function findEndpoints(
  em: EntityManager,
  endpointIds: string[],
): Promise<Map<string, 'kept' | 'deleted'>> {
  const { rows } = await sql<{ id: string; fate: 'kept' | 'deleted' }>`
    select id, case when exists (select from webhook_endpoints where endpoint_id = id::uuid) then 'kept' else 'deleted' end as fate
      from (select distinct unnest(${endpointIds}::text[]) as id) named
     where exists (select from webhook_endpoints where endpoint_id = id::uuid)
        or exists (select from audit_log where subject = id)`.execute(em.getKysely());
  return new Map(rows.map(({ id, fate }) => [id, fate]));
}

/** When the last change was written that this database knows of; null for one without any. */
export async function findNewestFact(em: EntityManager): Promise<string | null> {
  const { rows } = await sql<{ newest: string | null }>`
    select to_jsonb(max(recorded_at)) #>> '{}' as newest from audit_log
     where audit_id > (select coalesce(max(audit_id), 0) - 1000 from audit_log)`.execute(em.getKysely());
  return rows[0]?.newest ?? null;
}
