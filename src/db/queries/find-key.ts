import { sql } from 'kysely';
import type { Permission } from '../../domain/permissions.ts';
import type { PartnerMode } from '../../domain/states.ts';
import type { KeyScope } from '../entities/partner.ts';
import type { EntityManager } from '../open.ts';

export type KeyRecord = {
  key_id: string;
  partner_id: string;
  partner_name: string;
  channel: string;
  partner_mode: PartnerMode;
  partner_status: 'active' | 'suspended';
  permissions: Permission[];
  partner_per_minute: number | null;
  key_per_minute: number | null;
  scope: KeyScope;
};

/** The live key with this hash: not revoked, not expired by the database's clock. */
export async function findLiveKey(em: EntityManager, keyHash: Buffer): Promise<KeyRecord | undefined> {
  const { rows } = await sql<KeyRecord>`
    select k.key_id, p.partner_id, p.name as partner_name, p.channel, p.mode as partner_mode,
           p.status as partner_status, k.permissions,
           (p.rate_limits ->> 'per_minute')::int as partner_per_minute,
           (k.rate_limits ->> 'per_minute')::int as key_per_minute, k.scope
      from api_keys k join partners p using (partner_id)
     where k.key_hash = ${keyHash} and k.revoked_at is null
       and (k.expires_at is null or k.expires_at > clock_timestamp())
  `.execute(em.getKysely());
  return rows[0];
}

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
