import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';
import {
  commandJson,
  productIdsOfReservation,
  reservationPayload,
  type WorkflowCommand,
} from './commands.ts';
import type { ExtendedHold } from './extend-hold.ts';

/**
 * Moves the end of a test partner's hold nearer, at most to now, and tells its run: for the run that is the
 * passing of time. An end that is past already stays. Returns undefined, with nothing changed, where the
 * guard fails.
 */
export async function advanceHold(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  seconds: number,
): Promise<{ advanced: ExtendedHold; command: WorkflowCommand } | undefined> {
  const { rows } = await sql<{ advanced: ExtendedHold; command: WorkflowCommand }>`
    with r as (
      update channel_reservations
         set expires_at = least(expires_at, greatest(clock_timestamp(), expires_at - make_interval(secs => ${seconds})))
       where reservation_id = ${reservationId}::uuid and partner_id = ${by.partnerId}
         and is_test_channel(channel) and status = 'held'
      returning *
    ), result as (
      select jsonb_build_object('reservation_id', reservation_id, 'expires_at', expires_at) as advanced from r
    ), command as (
      insert into workflow_commands (workflow_id, kind, payload)
      select 'reservation:' || r.reservation_id, 'wake_reservation', ${reservationPayload(productIdsOfReservation)}
        from r
      returning *
    ), ${auditAndAnswer(by, 'advance', 'result', sql`advanced ->> 'reservation_id'`, sql`advanced`)}
    select result.advanced, ${commandJson('command')} as command from result, command
  `.execute(em.getKysely());
  return rows[0];
}
