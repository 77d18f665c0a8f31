import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import type { Accepting } from './accepting.ts';

/**
 * Keeps an answer under each of the caller's keys. Call it inside the transaction that makes the change: a
 * key that is taken violates `one_answer_for_a_key`, which undoes all of it.
 */
export async function keepAnswer(em: EntityManager, by: Accepting, answer: unknown): Promise<void> {
  for (const { operation, key, fingerprint } of by.answerKeys) {
    await sql`
      insert into idempotent_answers (partner_id, operation, idempotency_key, fingerprint, result)
      values (${by.partnerId}, ${operation}, ${key}, ${fingerprint}, ${JSON.stringify(answer)}::jsonb)
    `.execute(em.getKysely());
  }
}
