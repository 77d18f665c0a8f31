import { sql } from 'kysely';
import { MAX_ENDPOINTS, TEST_EVENT } from '../../domain/webhooks.ts';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';
import { commandDeliveries } from './webhook-events.ts';

export type NewEndpoint = { endpointId: string; url: string; events: string[]; secret: string };
/** The only answer that a secret is in. */
export type NewSecret = { endpoint_id: string; secret: string };
export type DeliveryMade = { delivery_id: string };

/**
 * Adds an endpoint, unless the partner has as many as it may: its row is locked, so that two calls do not
 * both take the last place. Call it inside a transaction. Returns undefined where there is no place.
 */
export async function insertEndpoint(
  em: EntityManager,
  by: Accepting,
  endpoint: NewEndpoint,
): Promise<NewSecret | undefined> {
  const db = em.getKysely();
  await sql`select 1 from partners where partner_id = ${by.partnerId} for no key update`.execute(db);
  const { rows } = await sql<{ made: NewSecret }>`
    with e as (
      insert into webhook_endpoints (endpoint_id, partner_id, url, events, secrets)
      select ${endpoint.endpointId}::uuid, ${by.partnerId}, ${endpoint.url}, ${endpoint.events}::text[],
             array[${endpoint.secret}]::text[]
       where (select count(*) from webhook_endpoints
               where partner_id = ${by.partnerId} and deleted_at is null) < ${MAX_ENDPOINTS}
      returning *
    ), result as (
      select jsonb_build_object('endpoint_id', endpoint_id, 'secret', secrets[1]) as made from e
    ), ${auditAndAnswer(by, 'register_webhook', 'result', sql`made ->> 'endpoint_id'`, sql`made`)}
    select made from result`.execute(db);
  return rows[0]?.made;
}

/** Gives an endpoint a new secret; the one before signs too, until the next rotation. */
export async function rotateSecret(
  em: EntityManager,
  by: Accepting,
  endpointId: string,
  secret: string,
): Promise<NewSecret | undefined> {
  const { rows } = await sql<{ made: NewSecret }>`
    with e as (
      update webhook_endpoints set secrets = array[${secret}, secrets[1]]::text[]
       where endpoint_id = ${endpointId}::uuid and partner_id = ${by.partnerId} and deleted_at is null
      returning *
    ), result as (
      select jsonb_build_object('endpoint_id', endpoint_id, 'secret', secrets[1]) as made from e
    ), ${auditAndAnswer(by, 'rotate_webhook_secret', 'result', sql`made ->> 'endpoint_id'`, sql`made`)}
    select made from result`.execute(em.getKysely());
  return rows[0]?.made;
}

/** Enables an endpoint again, or takes it away. Returns false where the partner has no such endpoint. */
export async function changeEndpoint(
  em: EntityManager,
  by: Accepting,
  endpointId: string,
  change: 'enable' | 'delete',
): Promise<boolean> {
  const set =
    change === 'enable'
      ? sql`status = 'enabled', disabled_reason = null`
      : sql`status = 'disabled', disabled_reason = 'It was deleted.', deleted_at = clock_timestamp()`;
  const { rows } = await sql`
    with e as (
      update webhook_endpoints set ${set}
       where endpoint_id = ${endpointId}::uuid and partner_id = ${by.partnerId} and deleted_at is null
      returning endpoint_id
    ), ${auditAndAnswer(by, `${change}_webhook`, 'e', sql`endpoint_id::text`, sql`'{}'::jsonb`)}
    select 1 from e`.execute(em.getKysely());
  return rows.length === 1;
}

/** Makes a test event for an endpoint, whatever it is registered for; undefined unless it is enabled. */
export async function insertTest(
  em: EntityManager,
  by: Accepting,
  endpointId: string,
): Promise<DeliveryMade | undefined> {
  const { rows } = await sql<DeliveryMade>`
    with made as (
      insert into webhook_deliveries (delivery_id, endpoint_id, event_id, event_type, payload)
      select time_ordered_uuid(), endpoint_id, time_ordered_uuid(), ${TEST_EVENT},
             jsonb_build_object('type', ${TEST_EVENT}::text, 'timestamp', wire_time(statement_timestamp()),
                                'data', jsonb_build_object('endpoint_id', endpoint_id))
        from webhook_endpoints
       where endpoint_id = ${endpointId}::uuid and partner_id = ${by.partnerId}
         and deleted_at is null and status = 'enabled'
      returning *
    ), command as (
      ${commandDeliveries('made', false)}
    ), ${auditAndAnswer(by, 'test_webhook', 'made', sql`delivery_id::text`, madeJson)}
    select delivery_id from made`.execute(em.getKysely());
  return rows[0];
}

/**
 * Begins a delivery anew, whatever came of it, under the same event id; a run that waits is woken.
 * Undefined unless it is the partner's and its endpoint is enabled.
 */
export async function replayDelivery(
  em: EntityManager,
  by: Accepting,
  deliveryId: string,
): Promise<DeliveryMade | undefined> {
  const { rows } = await sql<DeliveryMade>`
    with made as (
      update webhook_deliveries d
         set status = 'pending', next_attempt_at = clock_timestamp(), delivered_at = null
        from webhook_endpoints e
       where d.delivery_id = ${deliveryId}::uuid and e.endpoint_id = d.endpoint_id
         and e.partner_id = ${by.partnerId} and e.deleted_at is null and e.status = 'enabled'
      returning d.*
    ), command as (
      ${commandDeliveries('made', true)}
    ), ${auditAndAnswer(by, 'replay_webhook', 'made', sql`delivery_id::text`, madeJson)}
    select delivery_id from made`.execute(em.getKysely());
  return rows[0];
}

const madeJson = sql`jsonb_build_object('delivery_id', delivery_id)`;
