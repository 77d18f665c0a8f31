import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';
import {
  commandJson,
  productIdsOfReservation,
  reservationPayload,
  type WorkflowCommand,
} from './commands.ts';
import { tellReservation } from './webhook-events.ts';

export type ExtendedHold = { reservation_id: string; expires_at: string };

/**
 * Moves a hold's end: later than now and than the present end, within 24 hours of its start. The guard is
 * in the statement, so a deadline that strikes at the same moment either sees the new end or has won.
 * Returns undefined, with nothing changed, where the guard fails.
 */
export async function extendHold(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  expiresAt: string,
): Promise<{ extended: ExtendedHold; command: WorkflowCommand } | undefined> {
  const { rows } = await sql<{ extended: ExtendedHold; command: WorkflowCommand }>`
    with r as (
      update channel_reservations r set expires_at = ${expiresAt}::timestamptz
       where reservation_id = ${reservationId}::uuid and partner_id = ${by.partnerId}
         and status = 'held' and expires_at > clock_timestamp() and expires_at < ${expiresAt}::timestamptz
         and ${expiresAt}::timestamptz <= started_at + interval '24 hours'
      returning *, ${tellReservation('reservation.extended')}
    ), result as (
      select jsonb_build_object('reservation_id', reservation_id, 'expires_at', expires_at) as extended from r
    ), command as (
      insert into workflow_commands (workflow_id, kind, payload)
      select 'reservation:' || r.reservation_id, 'wake_reservation', ${reservationPayload(productIdsOfReservation)}
        from r
      returning *
    ), ${auditAndAnswer(by, 'extend', 'result', sql`extended ->> 'reservation_id'`, sql`extended`)}
    select result.extended, ${commandJson('command')} as command from result, command
  `.execute(em.getKysely());
  return rows[0];
}
