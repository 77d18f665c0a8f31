import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** The database's time: the only clock that deadlines are judged by. */
export async function readClock(em: EntityManager): Promise<Date> {
  const { rows } = await sql<{ now: string }>`
    select to_jsonb(clock_timestamp()) #>> '{}' as now`.execute(em.getKysely());
  return new Date(rows[0]?.now ?? Number.NaN);
}
