import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { partnerModes } from '../../domain/states.ts';

/** Who sells, scans or administers: an agency, the own web shop, a gate, an operator. */
export const Partner = defineEntity({
  name: 'Partner',
  tableName: 'partners',
  properties: {
    partnerId: p.text().primary(),
    name: p.text(),
    channel: p.text(),
    /** A test partner sells from pools of its own, and its tickets never admit. */
    mode: p.enum(partnerModes).default('live'),
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

/** What a gate's key is limited to: one venue, or one partner's tickets; everything where it is empty. */
export type KeyScope = { venue_code?: string; partner_id?: string };

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
    label: p.text().nullable(),
    scope: p.json<KeyScope>().onCreate(() => ({})),
    replacedBy: p.uuid().nullable(),
    expiresAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('clock_timestamp()'),
  },
});
export type ApiKey = InferEntity<typeof ApiKey>;
