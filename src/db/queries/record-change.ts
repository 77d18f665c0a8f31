import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import type { Accepting } from './accepting.ts';

/** One row in the audit log for an operator's change. Call it inside the transaction that makes the change. */
export async function recordChange(
  em: EntityManager,
  by: Accepting,
  action: string,
  subject: string,
): Promise<void> {
  await sql`
    insert into audit_log (actor, key_id, action, subject, request_id, outcome)
    values (${by.partnerId}, ${by.keyId}::uuid, ${action}, ${subject}, ${by.requestId}, 'accepted')
  `.execute(em.getKysely());
}
