import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** Who sells, scans or administers: an agency, the own web shop, a gate, an operator. */
export const Partner = defineEntity({
  name: 'Partner',
  tableName: 'partners',
  properties: {
    partnerId: p.text().primary(),
    name: p.text(),
    channel: p.text(),
    status: p.enum(['active', 'suspended']).default('active'),
    rateLimits: p.json<{ per_minute?: number }>().onCreate(() => ({})),
    paymentWebhookSecrets: p
      .array()
      .columnType('text[]')
      .onCreate(() => []),
    createdAt: p.datetime().defaultRaw('clock_timestamp()'),
  },
});
export type Partner = InferEntity<typeof Partner>;

/** A partner's key. Only its SHA-256 is kept. */
export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  properties: {
    keyId: p.uuid().primary(),
    partner: () => p.manyToOne(Partner).joinColumn('partner_id'),
    partnerName: p.text(),
    keyHash: p.blob(),
    prefix: p.text(),
    permissions: p.array().columnType('text[]'),
    rateLimits: p.json<{ per_minute?: number }>().onCreate(() => ({})),
    expiresAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('clock_timestamp()'),
  },
});
