import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** A worker shows that it lives. */
export async function noteWorker(em: EntityManager, workerId: string): Promise<void> {
  await sql`
    insert into workers (worker_id, seen_at) values (${workerId}, clock_timestamp())
    on conflict (worker_id) do update set seen_at = excluded.seen_at`.execute(em.getKysely());
}

/** A worker that stops takes its name off the list; one that dies is pruned. */
export async function forgetWorker(em: EntityManager, workerId: string): Promise<void> {
  await sql`delete from workers where worker_id = ${workerId}`.execute(em.getKysely());
}

/** Of rows of `workers`: such that have shown themselves within the last 15 seconds. */
export const IS_LIVE = `seen_at > statement_timestamp() - interval '15 seconds'`;

/** How many workers live. */
export async function countWorkers(em: EntityManager): Promise<number> {
  const { rows } = await sql<{ workers: number }>`
    select count(*)::int as workers from workers where ${sql.raw(IS_LIVE)}
  `.execute(em.getKysely());
  return rows[0]?.workers ?? 0;
}
