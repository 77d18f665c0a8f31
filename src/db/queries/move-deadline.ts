import { type RawBuilder, sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';
import { commandJson, wakeReservation, type WorkflowCommand } from './commands.ts';
import { tellReservation } from './webhook-events.ts';

/** When a hold ends now. */
export type MovedDeadline = { reservation_id: string; expires_at: string };
/** How long after its beginning an operator may keep a hold open; `holds_end` holds to it. */
export const MOST_DAYS = 7;
type Moved = { result: MovedDeadline; command: WorkflowCommand };

/**
 * Moves a hold's end: later than now and than the present end, within 24 hours of its start. The guard is
 * in the statement, so a deadline that strikes at the same moment either sees the new end or has won.
 * Returns undefined, with nothing changed, where the guard fails.
 */
export function extendHold(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  expiresAt: string,
): Promise<Moved | undefined> {
  return moveDeadline(
    em,
    by,
    'extend',
    sql`
      update channel_reservations r set expires_at = ${expiresAt}::timestamptz
       where reservation_id = ${reservationId}::uuid and partner_id = ${by.partnerId}
         and status = 'held' and expires_at > clock_timestamp() and expires_at < ${expiresAt}::timestamptz
         and ${expiresAt}::timestamptz <= started_at + interval '24 hours'
      returning *, ${tellReservation('reservation.extended')}`,
  );
}

/**
 * Moves the end of whoever's hold by so many hours, as an operator does: within 7 days of its start (the CHECK
 * `holds_end`). Returns undefined, with nothing changed, where the guard fails.
 */
export function prolongHold(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  hours: number,
  seenEnd: string | null,
): Promise<Moved | undefined> {
  return moveDeadline(
    em,
    by,
    'extend',
    sql`
      update channel_reservations r
         set expires_at = expires_at + make_interval(hours => ${hours}), extended_by_operator = true
       where reservation_id = ${reservationId}::uuid and status = 'held' and expires_at > clock_timestamp()
         and expires_at + make_interval(hours => ${hours}) <= started_at + make_interval(days => ${MOST_DAYS}::int)
         and coalesce(date_trunc('milliseconds', expires_at) = ${seenEnd}::timestamptz, true)
      returning *, ${tellReservation('reservation.extended')}`,
  );
}

/**
 * Moves the end of a test partner's hold nearer, at most to now, and tells its run: for the run that is the
 * passing of time. An end that is past already stays. Returns undefined, with nothing changed, where the
 * guard fails.
 */
export function advanceHold(
  em: EntityManager,
  by: Accepting,
  reservationId: string,
  seconds: number,
): Promise<Moved | undefined> {
  return moveDeadline(
    em,
    by,
    'advance',
    sql`
      update channel_reservations
         set expires_at = least(expires_at, greatest(clock_timestamp(), expires_at - make_interval(secs => ${seconds})))
       where reservation_id = ${reservationId}::uuid and partner_id = ${by.partnerId}
         and is_test_channel(channel) and status = 'held'
      returning *`,
  );
}

/** Runs the guarded update of a reservation with what follows from it: its run is told, audit, answer. */
async function moveDeadline(
  em: EntityManager,
  by: Accepting,
  action: string,
  update: RawBuilder<unknown>,
): Promise<Moved | undefined> {
  const { rows } = await sql<Moved>`
    with r as (
      ${update}
    ), moved as (
      select jsonb_build_object('reservation_id', reservation_id, 'expires_at', expires_at) as result from r
    ), command as (
      ${wakeReservation()}
      returning *
    ), ${auditAndAnswer(by, action, 'moved', sql`result ->> 'reservation_id'`, sql`result`)}
    select moved.result, ${commandJson('command')} as command from moved, command
  `.execute(em.getKysely());
  return rows[0];
}
