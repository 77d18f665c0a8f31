import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** Every partner's secrets for payment notifications. */
export async function findPartnerSecrets(
  em: EntityManager,
): Promise<{ partner_id: string; channel: string; secrets: string[] }[]> {
  const { rows } = await sql<{ partner_id: string; channel: string; secrets: string[] }>`
    select partner_id, channel, payment_webhook_secrets as secrets from partners
     where status = 'active' and cardinality(payment_webhook_secrets) > 0
  `.execute(em.getKysely());
  return rows;
}
