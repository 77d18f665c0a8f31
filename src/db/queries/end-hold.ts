import { type RawBuilder, sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer, auditByWorker, runOf } from './accepting.ts';
import { commandJson, wakeReservation, type WorkflowCommand } from './commands.ts';
import { moveUnits } from './move-units.ts';
import { tellReservation } from './webhook-events.ts';

/** How a hold ends before all is sold: by its owner, or whoever's it is by an operator; or by its deadline. */
export type HoldEnd =
  | { status: 'released'; by: Accepting; ownerId: string | null }
  | { status: 'expired'; deadline: string };

/**
 * Ends a hold: unpaid orders expire, their units and those never ordered go back to the pool, units of
 * paid orders stay. Guarded by `held`, and for the deadline by `expires_at = deadline` and not by a clock:
 * an extension that came first wins. Returns undefined, with nothing changed, where the guard fails;
 * else the command that tells the run, for a release. Call it inside a transaction.
 */
export async function endHold(
  em: EntityManager,
  reservationId: string,
  end: HoldEnd,
): Promise<{ command?: WorkflowCommand } | undefined> {
  const db = em.getKysely();
  const guard: RawBuilder<unknown> =
    end.status === 'released'
      ? sql`coalesce(partner_id = ${end.ownerId}::text, true)`
      : sql`expires_at = ${end.deadline}::timestamptz`;
  const hold = await sql`
    select 1 from channel_reservations
     where reservation_id = ${reservationId}::uuid and status = 'held' and ${guard}
       for update`.execute(db);
  if (hold.rows.length === 0) return undefined;

  const record =
    end.status === 'released'
      ? auditAndAnswer(end.by, 'release', 'r', sql`r.reservation_id::text`, sql`'{}'::jsonb`)
      : auditByWorker('expire_reservation', 'r', sql`r.reservation_id::text`, runOf('r'));
  const { rows } = await sql<{ command: WorkflowCommand | null }>`
    with r as (
      update channel_reservations r set status = ${end.status}, ended_at = clock_timestamp()
       where reservation_id = ${reservationId}::uuid
      returning *, ${tellReservation(`reservation.${end.status}`)}
    ), lapsed as (
      update orders set status = 'expired'
       where reservation_id = ${reservationId}::uuid and status = 'pending_payment'
      returning order_id
    ), kept as (
      select line.product_id, sum(line.units)::int as units
        from orders o join order_lines line using (order_id)
       where o.reservation_id = ${reservationId}::uuid and o.status in ('paid', 'fulfilled')
       group by line.product_id
    ), freed as (
      select l.product_id, least(l.ordered, coalesce(kept.units, 0)) as kept,
             l.units - l.released - least(l.ordered, coalesce(kept.units, 0)) as units
        from reservation_lines l left join kept using (product_id)
       where l.reservation_id = ${reservationId}::uuid
    ), lines as (
      update reservation_lines l
         set ordered = freed.kept, released = l.released + freed.units
        from freed
       where l.reservation_id = ${reservationId}::uuid and l.product_id = freed.product_id
    ), moves as (
      select product_id, r.channel, r.reservation_id, null::uuid as order_id, -units as by_reserved, 0 as by_sold
        from freed, r where units > 0
    ), ${moveUnits('moves', end.status)}, command as (
      ${wakeReservation} where ${end.status} = 'released'
      returning *
    ), ${record}
    select (select ${commandJson('command')} from command) as command
  `.execute(db);
  const command = rows[0]?.command;
  return command ? { command } : {};
}
