import { z } from 'zod';
import { TEST_PARTNER_ID_MAX_LENGTH } from '../domain/allotment.ts';
import { permissions } from '../domain/permissions.ts';
import { partnerModes } from '../domain/states.ts';
import { afterId, afterName } from './cursors.ts';
import { operation } from './operation.ts';
import { channel, id, instant, line, page, pageOf, partnerId, venueCode } from './values.ts';

/** Names that the audit log gives to those who act without a partner. */
const RESERVED = ['cli', 'worker', 'payment-provider'];
const perMinute = z.int().min(1).max(10_000_000);

const mode = z
  .enum(partnerModes)
  .meta({ description: '`test`: for the sandbox, with a channel and pools of its own; no ticket admits.' });

const partner = z
  .object({
    partner_id: z.string(),
    name: z.string(),
    channel: z.string(),
    mode,
    status: z.enum(['active', 'suspended']),
    per_minute: z.int().nullable().meta({ description: 'Null: the limit that the environment sets.' }),
    payment_secrets: z
      .int()
      .meta({ description: 'Live secrets for its own payment notifications: none, one or two.' }),
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
  .extend({
    api_key: z
      .string()
      .nullable()
      .meta({ description: 'Shown this once: only its hash is kept. Null in a replayed answer.' }),
  })
  .meta({ id: 'IssuedApiKey' });

/** Rules over several fields are asked also where one of them is not valid, to name all faults at once. */
const isObject = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null;

const ofOperators = {
  tag: 'Operators: partners and keys',
  caller: 'admin',
  limit: 'gate',
  session: 'operator',
} as const;
const partnerParams = z.object({ partner_id: z.string() });
const keyParams = z.object({ key_id: z.string() });

export const listPartners = operation({
  ...ofOperators,
  id: 'listPartners',
  method: 'get',
  path: '/api/admin/partners',
  summary: 'Partners by their ids',
  query: z.strictObject(page(afterName, 50, 500)),
  answers: { 200: { description: 'A page of partners.', body: pageOf('PartnerPage', partner) } },
  refusals: [],
});

export const createPartner = operation({
  ...ofOperators,
  id: 'createPartner',
  method: 'post',
  path: '/api/admin/partners',
  summary:
    'Add a partner; a channel of its own gets its units by a move, a test partner has its pools at once',
  idempotent: true,
  body: z
    .strictObject({
      partner_id: partnerId.refine((text) => !RESERVED.includes(text), { error: 'is reserved' }),
      name: line(200),
      mode: mode.optional(),
      channel: channel
        .optional()
        .meta({ description: 'Needed, but for a test partner, which gets `test-<partner_id>`.' }),
      per_minute: perMinute.optional(),
    })
    .refine((asked) => asked.mode === 'test' || asked.channel !== undefined, {
      error: 'is required',
      path: ['channel'],
      when: isObject,
    })
    .refine((asked) => asked.mode !== 'test' || asked.channel === undefined, {
      error: 'must be absent: a test partner has a channel of its own',
      path: ['channel'],
      when: isObject,
    })
    .refine((asked) => asked.mode !== 'test' || !(asked.partner_id?.length > TEST_PARTNER_ID_MAX_LENGTH), {
      error: `must have at most ${TEST_PARTNER_ID_MAX_LENGTH} characters for a test partner`,
      path: ['partner_id'],
      when: isObject,
    })
    .meta({ id: 'NewPartner' }),
  answers: { 201: { description: 'Added.', body: partner, headers: ['Location', 'Idempotent-Replayed'] } },
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
  idempotent: true,
  params: partnerParams,
  body: z
    .strictObject({
      name: line(200).optional(),
      channel: channel.optional(),
      per_minute: perMinute.nullable().optional(),
    })
    .meta({ id: 'PartnerChange' }),
  answers: { 200: { description: 'Changed.', body: partner, headers: ['Idempotent-Replayed'] } },
  refusals: ['NOT_FOUND'],
});

export const suspendPartner = operation({
  ...ofOperators,
  id: 'suspendPartner',
  method: 'post',
  path: '/api/admin/partners/{partner_id}/suspend',
  summary: "Refuse a partner's calls from now on; holds and orders go on",
  idempotent: true,
  params: partnerParams,
  answers: {
    200: {
      description: 'Suspended; a repeat answers the same.',
      body: partner,
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['NOT_FOUND'],
});

export const resumePartner = operation({
  ...ofOperators,
  id: 'resumePartner',
  method: 'post',
  path: '/api/admin/partners/{partner_id}/resume',
  summary: 'Admit a suspended partner again',
  idempotent: true,
  params: partnerParams,
  answers: {
    200: {
      description: 'Active; a repeat answers the same.',
      body: partner,
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['NOT_FOUND'],
});

const paymentSecrets = z.object({
  partner_id: z.string(),
  live_secrets: z.int().meta({ description: 'None, one or two.' }),
});

export const rotatePaymentSecret = operation({
  ...ofOperators,
  id: 'rotatePaymentSecret',
  method: 'post',
  path: '/api/admin/partners/{partner_id}/payment-secret/rotate',
  summary: 'Make a secret for its own payment notifications; the one before lives until the next rotation',
  idempotent: true,
  params: partnerParams,
  answers: {
    200: {
      description: 'The new secret, this once.',
      body: paymentSecrets
        .extend({
          payment_secret: z
            .string()
            .nullable()
            .meta({
              description: 'Signs `POST /payments/notify`. Shown this once. Null in a replayed answer.',
              examples: ['whsec_…'],
            }),
        })
        .meta({ id: 'PaymentSecret' }),
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['NOT_FOUND'],
});

export const endPaymentSecrets = operation({
  ...ofOperators,
  id: 'endPaymentSecrets',
  method: 'delete',
  path: '/api/admin/partners/{partner_id}/payment-secret',
  summary: 'Take payment notifications from this partner no more: all its secrets end at once',
  params: partnerParams,
  answers: {
    200: {
      description: 'Ended; a repeat answers the same.',
      body: paymentSecrets.meta({ id: 'EndedPaymentSecrets' }),
    },
  },
  refusals: ['NOT_FOUND'],
});

export const listKeys = operation({
  ...ofOperators,
  id: 'listKeys',
  method: 'get',
  path: '/api/admin/partners/{partner_id}/keys',
  summary: "A partner's keys, newest first",
  params: partnerParams,
  query: z.strictObject(page(afterId, 50, 500)),
  answers: { 200: { description: 'A page of keys, without their secrets.', body: pageOf('KeyPage', key) } },
  refusals: ['NOT_FOUND'],
});

export const createKey = operation({
  ...ofOperators,
  id: 'createKey',
  method: 'post',
  path: '/api/admin/partners/{partner_id}/keys',
  summary: 'Make a key; its secret is shown once',
  idempotent: true,
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
  answers: { 201: { description: 'The key, this once.', body: issuedKey, headers: ['Idempotent-Replayed'] } },
  refusals: ['NOT_FOUND'],
});

export const rotateKey = operation({
  ...ofOperators,
  id: 'rotateKey',
  method: 'post',
  path: '/api/admin/keys/{key_id}/rotate',
  summary: 'Make a key like this one, which lives on for the grace',
  idempotent: true,
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
  answers: {
    201: { description: 'The new key, this once.', body: issuedKey, headers: ['Idempotent-Replayed'] },
  },
  refusals: ['NOT_FOUND', 'KEY_ENDED'],
});

export const expireKey = operation({
  ...ofOperators,
  id: 'expireKey',
  method: 'post',
  path: '/api/admin/keys/{key_id}/expire',
  summary: 'Set when a key ends; null for never',
  idempotent: true,
  params: keyParams,
  body: z.strictObject({ expires_at: instant.nullable() }).meta({ id: 'KeyExpiry' }),
  answers: { 200: { description: 'The key.', body: key, headers: ['Idempotent-Replayed'] } },
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
