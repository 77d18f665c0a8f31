import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** Any number will do, as long as nothing else in the database takes the same advisory lock. */
const SEALER_LOCK = 4_106_107_109;
const BATCH = 1_000;
/**
 * How many ids below the newest sealed one are searched for rows without a seal, which were committed later
 * than those after them. Without an end the search would grow with the log.
 */
export const lateCommits = {
  /** As many as may be given away while a sale's transaction is under way. */
  ofSales: 2_000,
  /** Far more than while the longest one is. */
  ofAny: 100_000,
};
/** What the first seal is chained to. */
const GENESIS = Buffer.alloc(32);

/** A row's content as text, the same in whatever time zone a session is. */
const entryOf = sql`
  json_build_array(a.audit_id, a.actor, a.key_id, a.action, a.subject, a.request_id, a.outcome,
                   a.recorded_at at time zone 'UTC')::text`;

type Entry = { audit_id: string; entry: string };

/**
 * Seals audit rows that have no seal yet: each hash covers the row and the hash before it, so that an edit,
 * a removal or a reordering shows. One sealer at a time, in the worker, so that no sale waits for a chain.
 * Rows are found by their missing seal and not by a number: ids are not committed in their order. Searches
 * `back` ids below the newest sealed one. Returns how many were sealed.
 */
export function sealAuditLog(em: EntityManager, back: number): Promise<number> {
  return em.transactional(async (tx) => {
    const db = tx.getKysely();
    const lock = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_xact_lock(${SEALER_LOCK}) as mine`.execute(db);
    if (!lock.rows[0]?.mine) return 0;
    const last = await sql<{ position: string; hash: Buffer; newest: string }>`
      select position, hash, (select max(audit_id) from audit_seals) as newest
        from audit_seals order by position desc limit 1`.execute(db);
    const after = Number(last.rows[0]?.newest ?? 0) - back;
    // Both tables are bounded by a number: by a subquery, PostgreSQL would read all seals.
    const { rows } = await sql<Entry>`
      select a.audit_id, ${entryOf} as entry from audit_log a
       where a.audit_id > ${after}::bigint
         and not exists (select from audit_seals s where s.audit_id = a.audit_id and s.audit_id > ${after}::bigint)
       order by a.audit_id limit ${BATCH}`.execute(db);
    if (rows.length === 0) return 0;

    const first = Number(last.rows[0]?.position ?? 0) + 1;
    let hash = last.rows[0]?.hash ?? GENESIS;
    const hashes = rows.map((row) => {
      hash = chained(hash, row.entry);
      return hash;
    });
    await sql`
      insert into audit_seals (position, audit_id, hash)
      select ${first}::bigint + ordinality - 1, audit_id, hash
        from unnest(${rows.map((row) => row.audit_id)}::bigint[], ${hashes}::bytea[])
               with ordinality as sealed (audit_id, hash, ordinality)`.execute(db);
    return rows.length;
  });
}

/**
 * Follows the chain of seals and tells where it breaks first, if it does; and which rows are unsealed though
 * older than an hour.
 */
export async function findBrokenSeals(em: EntityManager): Promise<{ subject: string; detail: string }[]> {
  const db = em.getKysely();
  let hash: Buffer = GENESIS;
  for (let position = 0; ; ) {
    const { rows } = await sql<Entry & { position: string; hash: Buffer }>`
      select s.position, s.audit_id, s.hash, ${entryOf} as entry
        from audit_seals s left join audit_log a using (audit_id)
       where s.position > ${position}::bigint order by s.position limit ${BATCH}`.execute(db);
    for (const row of rows) {
      hash = chained(hash, row.entry);
      position += 1;
      if (Number(row.position) !== position || !hash.equals(row.hash)) {
        return [{ subject: `audit ${row.audit_id}`, detail: `the chain breaks at position ${row.position}` }];
      }
    }
    if (rows.length < BATCH) break;
  }
  const { rows } = await sql<{ subject: string; detail: string }>`
    select 'audit ' || a.audit_id as subject, 'has no seal after an hour' as detail from audit_log a
     where a.recorded_at < clock_timestamp() - interval '1 hour'
       and not exists (select from audit_seals s where s.audit_id = a.audit_id) limit 100`.execute(db);
  return rows;
}

const chained = (before: Buffer, entry: string): Buffer =>
  createHash('sha256').update(before).update(entry).digest();
