import {
  changePartner,
  createKey,
  createPartner,
  endPaymentSecrets,
  expireKey,
  getPartner,
  listKeys,
  listPartners,
  resumePartner,
  revokeKey,
  rotateKey,
  rotatePaymentSecret,
  suspendPartner,
} from '../admin-partners.ts';
import { example, json, pageWith } from './example.ts';
import { at, ids, partnerId, partnerName } from './story.ts';

const partner = {
  partner_id: partnerId,
  name: partnerName,
  channel: 'ota',
  mode: 'live',
  status: 'active',
  per_minute: 200,
  payment_secrets: 0,
  created_at: at.registered,
};
const sells = [
  'inventory:read',
  'reservations:write',
  'orders:write',
  'tickets:read',
  'reports:read',
] as const;
const key = {
  key_id: ids.key,
  partner_id: partnerId,
  label: 'booking engine',
  prefix: 'alt_live_EXAMPL',
  permissions: [...sells],
  scope: {},
  per_minute: null,
  status: 'live',
  created_at: at.registered,
  expires_at: null,
  revoked_at: null,
  replaced_by: null,
};
/** As long as a key, and no key: its checksum is wrong. */
const shown = { api_key: `alt_live_EXAMPLE${'0'.repeat(42)}` };
const params = { partner_id: partnerId };
const keyParams = { key_id: ids.key };
/** Base64 of words that say what they are. */
const paymentSecret = 'whsec_YW4gZXhhbXBsZSBvZiBhIHBheW1lbnQgc2VjcmV0ISE=';
const expires = '2031-01-01T00:00:00.000Z';

export const adminPartnerExamples = [
  example(listPartners, { query: { limit: 50 }, answers: { 200: pageWith(partner) } }),
  example(createPartner, {
    body: { partner_id: partnerId, name: partner.name, channel: 'ota', per_minute: 200 },
    moreBodies: { sandbox: { partner_id: `${partnerId}-trial`, name: partner.name, mode: 'test' } },
    location: `/api/admin/partners/${partnerId}`,
    answers: { 201: json(partner) },
    problems: { ALREADY_EXISTS: { detail: `There is a partner ${partnerId} already.` } },
  }),
  example(getPartner, { params, answers: { 200: json(partner) } }),
  example(changePartner, {
    params,
    body: { per_minute: 400 },
    answers: { 200: json({ ...partner, per_minute: 400 }) },
  }),
  example(suspendPartner, { params, answers: { 200: json({ ...partner, status: 'suspended' }) } }),
  example(resumePartner, { params, answers: { 200: json(partner) } }),
  example(rotatePaymentSecret, {
    params,
    answers: {
      200: json({ partner_id: partnerId, live_secrets: 1, payment_secret: paymentSecret }),
    },
  }),
  example(endPaymentSecrets, { params, answers: { 200: json({ partner_id: partnerId, live_secrets: 0 }) } }),
  example(listKeys, { params, query: { limit: 50 }, answers: { 200: pageWith(key) } }),
  example(createKey, {
    params,
    body: { label: key.label, permissions: [...sells] },
    answers: { 201: json({ ...key, ...shown }) },
  }),
  example(rotateKey, {
    params: keyParams,
    body: { grace_seconds: 86_400 },
    answers: {
      201: json({ ...key, ...shown, key_id: ids.nextKey, created_at: '2030-06-01T09:00:00.000Z' }),
    },
  }),
  example(expireKey, {
    params: keyParams,
    body: { expires_at: expires },
    answers: { 200: json({ ...key, expires_at: expires }) },
  }),
  example(revokeKey, {
    params: keyParams,
    answers: { 200: json({ ...key, status: 'revoked', revoked_at: at.settled }) },
  }),
];
