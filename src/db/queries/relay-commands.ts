import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { commandJson, type WorkflowCommand } from './commands.ts';

/**
 * Leases the commands that nobody has delivered in time, oldest first, for longer than a delivery may take.
 * A relay that dies leaves its lease to lapse.
 */
export async function leaseDueCommands(em: EntityManager, limit: number): Promise<WorkflowCommand[]> {
  const { rows } = await sql<{ command: WorkflowCommand }>`
    update workflow_commands c
       set attempts = attempts + 1,
           due_at = clock_timestamp() + interval '10 seconds'
      from (select command_id from workflow_commands
             where delivered_at is null and due_at <= clock_timestamp()
             order by due_at limit ${limit} for update skip locked) due
     where c.command_id = due.command_id
    returning ${commandJson('c')} as command
  `.execute(em.getKysely());
  return rows.map((row) => row.command);
}

export async function markDelivered(em: EntityManager, commandIds: string[]): Promise<void> {
  await sql`
    update workflow_commands set delivered_at = clock_timestamp(), last_error = null
     where command_id = any(${commandIds}::bigint[]) and delivered_at is null
  `.execute(em.getKysely());
}

/** Notes why a delivery failed; the wait until the next doubles, up to 5 seconds. */
export async function markFailed(em: EntityManager, commandId: string, error: string): Promise<void> {
  await sql`
    update workflow_commands
       set last_error = ${error.slice(0, 500)},
           due_at = clock_timestamp() + least(interval '5 seconds', interval '1 second' * 2 ^ least(attempts - 1, 3))
     where command_id = ${commandId}::bigint and delivered_at is null
  `.execute(em.getKysely());
}

/** How many commands wait for delivery, and for how long the oldest has (seconds). */
export async function readBacklog(
  em: EntityManager,
): Promise<{ undelivered: number; oldest_seconds: number }> {
  const { rows } = await sql<{ undelivered: number; oldest_seconds: number }>`
    select count(*)::int as undelivered,
           coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest_seconds
      from workflow_commands where delivered_at is null
  `.execute(em.getKysely());
  return rows[0] ?? { undelivered: 0, oldest_seconds: 0 };
}
