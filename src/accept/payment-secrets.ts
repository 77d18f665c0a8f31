import { sql } from 'kysely';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { notFound } from '../domain/errors.ts';
import { type ShownOnce, showOnce, type Tell } from './answer-once.ts';
import { newWebhookSecret } from './new-webhook-secret.ts';

/**
 * Accepts a new secret with which a partner signs payment notifications of its own orders; the one before
 * lives until the next rotation. Tells of the number of live secrets.
 */
export function rotatePaymentSecret<T>(
  em: EntityManager,
  by: Accepting,
  partnerId: string,
  tell: Tell<T, number>,
): Promise<ShownOnce<T>> {
  const rotate = async (tx: EntityManager) => {
    const secret = newWebhookSecret();
    const { rows } = await sql<{ live: number }>`
      update partners set payment_webhook_secrets = array[${secret}] || payment_webhook_secrets[1:1]
       where partner_id = ${partnerId}
      returning cardinality(payment_webhook_secrets) as live`.execute(tx.getKysely());
    const [partner] = rows;
    if (!partner) throw notFound('partner', partnerId);
    await recordChange(tx, by, 'rotate_payment_secret', partnerId);
    return { made: partner.live, secret };
  };
  return showOnce(em, by, rotate, tell);
}

/** Ends all secrets of a partner at once; a repeat changes nothing. */
export async function endPaymentSecrets(em: EntityManager, by: Accepting, partnerId: string): Promise<void> {
  await em.fork().transactional(async (tx) => {
    const { rows } = await sql`
      update partners set payment_webhook_secrets = '{}' where partner_id = ${partnerId} returning 1
    `.execute(tx.getKysely());
    if (rows.length === 0) throw notFound('partner', partnerId);
    await recordChange(tx, by, 'end_payment_secrets', partnerId);
  });
}
