import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** What is kept for a while only, and when that is over. An order keeps its `out_trade_no` for ever. */
const outdated: [table: string, where: string][] = [
  ['workflow_commands', `delivered_at < clock_timestamp() - interval '7 days'`],
  [
    'idempotent_answers',
    `created_at < clock_timestamp() - interval '7 days' and operation <> 'out_trade_no'`,
  ],
  ['webhook_deliveries', `status <> 'pending' and created_at < clock_timestamp() - interval '30 days'`],
  [
    'webhook_deliveries',
    `endpoint_id in (select endpoint_id from webhook_endpoints
                      where deleted_at < clock_timestamp() - interval '7 days')`,
  ],
  ['webhook_endpoints', `deleted_at < clock_timestamp() - interval '7 days'`],
  ['workers', `seen_at < clock_timestamp() - interval '1 hour'`],
];

/** Few enough for a statement to end in time, however much has piled up. */
const BATCH = 5_000;

/** Deletes all rows that have been kept long enough. */
export async function prune(em: EntityManager): Promise<void> {
  const db = em.getKysely();
  for (const [table, where] of outdated) {
    for (let deleted = BATCH; deleted === BATCH; ) {
      const { numAffectedRows } = await sql`
        delete from ${sql.table(table)}
         where ctid = any(array(select ctid from ${sql.table(table)} where ${sql.raw(where)} limit ${BATCH}))
      `.execute(db);
      deleted = Number(numAffectedRows ?? 0n);
    }
  }
}
