import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import type { AnswerKey } from './accepting.ts';

/** The result that was accepted under a caller's key, if there is one. */
export async function findAnswer(
  em: EntityManager,
  partnerId: string,
  key: AnswerKey,
): Promise<{ fingerprint: Buffer; result: unknown } | undefined> {
  const { rows } = await sql<{ fingerprint: Buffer; result: unknown }>`
    select fingerprint, result from idempotent_answers
     where partner_id = ${partnerId} and operation = ${key.operation} and idempotency_key = ${key.key}
  `.execute(em.getKysely());
  return rows[0];
}
