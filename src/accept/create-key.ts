import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { v7 as uuid } from 'uuid';
import { ApiKey, type KeyScope, Partner } from '../db/entities/partner.ts';
import type { EntityManager } from '../db/open.ts';
import { formatApiKey, shownPrefix } from '../domain/api-key.ts';
import type { Permission } from '../domain/permissions.ts';
import type { PartnerMode } from '../domain/states.ts';

type KeyDetails = {
  keyId?: string;
  label?: string | null;
  scope?: KeyScope;
  rateLimits?: { per_minute?: number };
  expiresAt?: Date | null;
};

/** Makes a key for a partner. The key is returned once, here; only its hash is stored. */
export async function createApiKey(
  em: EntityManager,
  partner: Partner,
  permissions: Permission[],
  key: string = newApiKey(partner.mode),
  more: KeyDetails = {},
): Promise<string> {
  em.create(ApiKey, {
    keyId: uuid(),
    partner: em.getReference(Partner, partner.partnerId),
    partnerName: partner.name,
    keyHash: hashApiKey(key),
    prefix: shownPrefix(key),
    permissions,
    rateLimits: {},
    ...more,
  });
  await em.flush();
  return key;
}

/** A new key; its prefix tells whether it is of a test partner. */
export const newApiKey = (mode: PartnerMode = 'live'): string => formatApiKey(randomBytes(32), crc32, mode);

/** What is stored of a key. The key is random, so a plain hash cannot be searched for it. */
export const hashApiKey = (key: string): Buffer => createHash('sha256').update(key).digest();
