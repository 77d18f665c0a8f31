import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { auditByWorker } from './accepting.ts';

export type DeliveryToSend = {
  endpoint_id: string;
  status: 'pending' | 'delivered' | 'failed';
  event_id: string;
  payload: { type: string; timestamp: string; data: Record<string, unknown> };
  url: string;
  secrets: string[];
  endpoint_is_live: boolean;
};

/** A delivery with where it goes; undefined where it was deleted with its endpoint. */
export async function readDelivery(
  em: EntityManager,
  deliveryId: string,
): Promise<DeliveryToSend | undefined> {
  const { rows } = await sql<DeliveryToSend>`
    select d.endpoint_id, d.status, d.event_id, d.payload, e.url, e.secrets,
           e.status = 'enabled' and e.deleted_at is null as endpoint_is_live
      from webhook_deliveries d join webhook_endpoints e using (endpoint_id)
     where d.delivery_id = ${deliveryId}::uuid`.execute(em.getKysely());
  return rows[0];
}

export type Attempt = {
  outcome: 'delivered' | 'retry' | 'failed';
  /** Whether anything was sent: nothing is, to an endpoint that is disabled, or was silent a moment before. */
  sent: boolean;
  status: number | null;
  error: string | null;
  retryInSeconds: number | null;
  /** The receiver said that it wants no more. */
  endpointIsGone: boolean;
};

/** Notes that an attempt is only put off, so that the sweep does not take its run for lost. */
export async function postponeAttempt(em: EntityManager, deliveryId: string): Promise<void> {
  await sql`
    update webhook_deliveries set next_attempt_at = clock_timestamp() + interval '1 minute'
     where delivery_id = ${deliveryId}::uuid and status = 'pending'`.execute(em.getKysely());
}

/** Writes what came of an attempt, and disables an endpoint that is gone. */
export async function recordAttempt(em: EntityManager, deliveryId: string, attempt: Attempt): Promise<void> {
  await sql`
    with d as (
      update webhook_deliveries
         set status = ${attempt.outcome === 'retry' ? 'pending' : attempt.outcome},
             attempts = attempts + ${attempt.sent ? 1 : 0}::int,
             last_status = ${attempt.status}::int,
             last_error = ${attempt.error}::text,
             next_attempt_at = clock_timestamp() + make_interval(secs => ${attempt.retryInSeconds}::int),
             delivered_at = case when ${attempt.outcome} = 'delivered' then clock_timestamp() end
       where delivery_id = ${deliveryId}::uuid and status = 'pending'
      returning endpoint_id
    ), gone as (
      update webhook_endpoints e
         set status = 'disabled', disabled_reason = 'It answered 410 Gone.'
        from d
       where e.endpoint_id = d.endpoint_id and ${attempt.endpointIsGone}::boolean and e.status = 'enabled'
      returning e.endpoint_id
    ), ${auditByWorker(
      'disable_webhook',
      'gone',
      sql`endpoint_id::text`,
      sql`'webhook-delivery:' || ${deliveryId}::text`,
    )}
    select 1
  `.execute(em.getKysely());
}
