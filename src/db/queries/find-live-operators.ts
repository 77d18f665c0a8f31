import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** Which of these keys may still do what operators do: live, with the permission, their partner not suspended. */
export async function findLiveOperators(em: EntityManager, keyIds: string[]): Promise<Set<string>> {
  const { rows } = await sql<{ key_id: string }>`
    select k.key_id
      from api_keys k join partners p using (partner_id)
     where k.key_id = any(${keyIds}::uuid[]) and k.revoked_at is null
       and (k.expires_at is null or k.expires_at > clock_timestamp())
       and 'admin' = any(k.permissions) and p.status = 'active'
  `.execute(em.getKysely());
  return new Set(rows.map(({ key_id }) => key_id));
}
