import { z } from 'zod';
import { permissions } from '../domain/permissions.ts';
import { operation } from './operation.ts';
import { channel, id, instant, line, page, pageOf, partnerId, venueCode } from './values.ts';

/** Names that the audit log gives to those who act without a partner. */
const RESERVED = ['cli', 'worker', 'payment-provider'];
const perMinute = z.int().min(1).max(10_000_000);

const partner = z
  .object({
    partner_id: z.string(),
    name: z.string(),
    channel: z.string(),
    status: z.enum(['active', 'suspended']),
    per_minute: z.int().nullable().meta({ description: 'Null: the limit that the environment sets.' }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Partner' });

const scope = z
  .strictObject({ venue_code: venueCode.optional(), partner_id: partnerId.optional() })
  .meta({ id: 'KeyScope', description: "Limits a gate's key to one venue, or to one partner's tickets." });

const key = z
  .object({
    key_id: id,
    partner_id: z.string(),
    label: z.string().nullable(),
    prefix: z.string().meta({ description: 'How the key begins, to recognise it by.' }),
    permissions: z.array(z.enum(permissions)),
    scope: z.object({ venue_code: z.string().optional(), partner_id: z.string().optional() }),
    per_minute: z.int().nullable(),
    status: z.enum(['live', 'expired', 'revoked']),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
    replaced_by: id.nullable(),
  })
  .meta({ id: 'ApiKey' });
const issuedKey = key
  .extend({ api_key: z.string().meta({ description: 'Shown this once; only its hash is kept.' }) })
  .meta({ id: 'IssuedApiKey' });

const ofOperators = { tag: 'Operators: partners and keys', caller: 'admin', limit: 'gate' } as const;
const partnerParams = z.object({ partner_id: z.string() });
const keyParams = z.object({ key_id: z.string() });

export const listPartners = operation({
  ...ofOperators,
  id: 'listPartners',
  method: 'get',
  path: '/api/admin/partners',
  summary: 'Partners by their ids',
  query: z.strictObject(page(50, 500)),
  answers: { 200: { description: 'A page of partners.', body: pageOf('PartnerPage', partner) } },
  refusals: [],
});

export const createPartner = operation({
  ...ofOperators,
  id: 'createPartner',
  method: 'post',
  path: '/api/admin/partners',
  summary: 'Add a partner; a channel of its own gets its units by a move',
  body: z
    .strictObject({
      partner_id: partnerId.refine((text) => !RESERVED.includes(text), { error: 'is reserved' }),
      name: line(200),
      channel,
      per_minute: perMinute.optional(),
    })
    .meta({ id: 'NewPartner' }),
  answers: { 201: { description: 'Added.', body: partner, headers: ['Location'] } },
  refusals: ['ALREADY_EXISTS'],
});

export const getPartner = operation({
  ...ofOperators,
  id: 'getPartner',
  method: 'get',
  path: '/api/admin/partners/{partner_id}',
  summary: 'A partner',
  params: partnerParams,
  answers: { 200: { description: 'The partner.', body: partner } },
  refusals: ['NOT_FOUND'],
});

export const changePartner = operation({
  ...ofOperators,
  id: 'changePartner',
  method: 'post',
  path: '/api/admin/partners/{partner_id}',
  summary: 'Change a partner; what is absent stays. Its holds stay on their channel',
  params: partnerParams,
  body: z
    .strictObject({
      name: line(200).optional(),
      channel: channel.optional(),
      per_minute: perMinute.nullable().optional(),
    })
    .meta({ id: 'PartnerChange' }),
  answers: { 200: { description: 'Changed.', body: partner } },
  refusals: ['NOT_FOUND'],
});

export const suspendPartner = operation({
  ...ofOperators,
  id: 'suspendPartner',
  method: 'post',
  path: '/api/admin/partners/{partner_id}/suspend',
  summary: "Refuse a partner's calls from now on; holds and orders go on",
  params: partnerParams,
  answers: { 200: { description: 'Suspended; a repeat answers the same.', body: partner } },
  refusals: ['NOT_FOUND'],
});

export const resumePartner = operation({
  ...ofOperators,
  id: 'resumePartner',
  method: 'post',
  path: '/api/admin/partners/{partner_id}/resume',
  summary: 'Admit a suspended partner again',
  params: partnerParams,
  answers: { 200: { description: 'Active; a repeat answers the same.', body: partner } },
  refusals: ['NOT_FOUND'],
});

export const listKeys = operation({
  ...ofOperators,
  id: 'listKeys',
  method: 'get',
  path: '/api/admin/partners/{partner_id}/keys',
  summary: "A partner's keys, newest first",
  params: partnerParams,
  query: z.strictObject(page(50, 500)),
  answers: { 200: { description: 'A page of keys, without their secrets.', body: pageOf('KeyPage', key) } },
  refusals: ['NOT_FOUND'],
});

export const createKey = operation({
  ...ofOperators,
  id: 'createKey',
  method: 'post',
  path: '/api/admin/partners/{partner_id}/keys',
  summary: 'Make a key; its secret is shown once',
  params: partnerParams,
  body: z
    .strictObject({
      permissions: z
        .array(z.enum(permissions))
        .min(1)
        .max(permissions.length)
        .refine((list) => new Set(list).size === list.length, { error: 'names a permission twice' }),
      label: line(100).optional().meta({ description: 'Who uses it, such as a gate operator.' }),
      scope: scope.optional(),
      per_minute: perMinute.optional().meta({ description: 'Can only lower the limit of the partner.' }),
      expires_at: instant.optional(),
    })
    .meta({ id: 'NewKey' }),
  answers: { 201: { description: 'The key, this once.', body: issuedKey } },
  refusals: ['NOT_FOUND'],
});

export const rotateKey = operation({
  ...ofOperators,
  id: 'rotateKey',
  method: 'post',
  path: '/api/admin/keys/{key_id}/rotate',
  summary: 'Make a key like this one, which lives on for the grace',
  params: keyParams,
  body: z
    .strictObject({
      grace_seconds: z
        .int()
        .min(0)
        .max(90 * 24 * 3600)
        .optional()
        .meta({ description: 'How long the old key lives on; a day when absent.' }),
    })
    .meta({ id: 'KeyRotation' }),
  answers: { 201: { description: 'The new key, this once.', body: issuedKey } },
  refusals: ['NOT_FOUND', 'KEY_ENDED'],
});

export const expireKey = operation({
  ...ofOperators,
  id: 'expireKey',
  method: 'post',
  path: '/api/admin/keys/{key_id}/expire',
  summary: 'Set when a key ends; null for never',
  params: keyParams,
  body: z.strictObject({ expires_at: instant.nullable() }).meta({ id: 'KeyExpiry' }),
  answers: { 200: { description: 'The key.', body: key } },
  refusals: ['NOT_FOUND', 'KEY_ENDED'],
});

export const revokeKey = operation({
  ...ofOperators,
  id: 'revokeKey',
  method: 'delete',
  path: '/api/admin/keys/{key_id}',
  summary: 'End a key at once',
  params: keyParams,
  answers: { 200: { description: 'Revoked; a repeat answers the same.', body: key } },
  refusals: ['NOT_FOUND'],
});
