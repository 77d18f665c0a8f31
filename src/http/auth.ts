import { crc32 } from 'node:zlib';
import type { Context } from 'koa';
import { hashApiKey } from '../accept/create-key.ts';
import type { SessionName } from '../contract/operation.ts';
import type { Admitted, KeyRecord, Knock } from '../db/queries/admit-callers.ts';
import { findPartnerSecrets } from '../db/queries/find-partner-secrets.ts';
import { isWellFormedApiKey, modeOfApiKey } from '../domain/api-key.ts';
import { Refusal } from '../domain/errors.ts';
import type { Permission } from '../domain/permissions.ts';
import { isSignedWith, isTimely, type SignedHeaders } from '../webhooks/standard-webhook.ts';
import type { Services } from './services.ts';
import { readSession } from './session.ts';

/** Who calls with an API key. */
export type Caller = KeyRecord;

/**
 * Finds the caller by its key, or by a session where one may stand in for it, and counts the request. Unknown,
 * expired and revoked keys look the same. When a session ends by itself stands in `ctx.state.sessionEndsAt`.
 */
export async function authenticate(
  ctx: Context,
  { limits, config, now }: Services,
  limit: Knock['limit'],
  session: SessionName | undefined,
): Promise<Admitted> {
  const key = presentedKey(ctx);
  if (key === undefined && session) {
    const held = await readSession(session, ctx, config.signingKeys, now(), config.publicUrl);
    const record = held && (await limits.knock({ keyHash: held.keyHash, limit }));
    if (record) {
      ctx.state.sessionEndsAt = held.endsAt;
      return record;
    }
  }
  if (key === undefined) {
    throw new Refusal('API_KEY_MISSING', 'Send your API key as X-API-Key or as Authorization: Bearer.');
  }
  const record = isWellFormedApiKey(key, crc32)
    ? await limits.knock({ keyHash: hashApiKey(key), limit })
    : undefined;
  const ofOtherMode = record !== undefined && record.partner_mode !== modeOfApiKey(key);
  if (!record || ofOtherMode) {
    throw new Refusal('API_KEY_INVALID', 'This API key is unknown, expired or revoked.');
  }
  return record;
}

/** Refuses a caller whose partner is suspended or whose key lacks the permission. */
export function authorize(caller: Caller, permission: Permission): void {
  if (caller.partner_status === 'suspended') {
    throw new Refusal('PARTNER_SUSPENDED', `${caller.partner_name} is suspended. Ask the operator.`);
  }
  if (!caller.permissions.includes(permission)) {
    throw new Refusal('PERMISSION_MISSING', `This key lacks the permission ${permission}.`);
  }
}

/** Who signed a notification: the payment provider, or a partner with its own secret. */
export type Sender = { name: string; ownerId: string | null };

/**
 * Finds the sender whose secret signed the body. The headers do not say who it is, so every live secret
 * is tried; there is one or two for each partner.
 */
export async function verifySender(
  headers: SignedHeaders,
  body: string,
  { config, fork, now }: Services,
): Promise<Sender> {
  if (!isTimely(headers, now())) {
    throw new Refusal('SIGNATURE_INVALID', 'webhook-timestamp is missing or more than 5 minutes off.');
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(headers.id)) {
    throw new Refusal(
      'SIGNATURE_INVALID',
      'webhook-id is missing, or not 1 to 255 visible ASCII characters.',
    );
  }
  const signed = (secret: string) => isSignedWith(secret, headers, body);
  if (config.paymentWebhookSecrets.some(signed)) return { name: 'payment-provider', ownerId: null };
  const partner = (await findPartnerSecrets(fork())).find(({ secrets }) =>
    secrets.some((secret) => secret !== '' && signed(secret)),
  );
  if (!partner) throw new Refusal('SIGNATURE_INVALID', 'No live secret has made this webhook-signature.');
  return { name: partner.partner_id, ownerId: partner.partner_id };
}

/** The key in a request's headers, if any. */
export function presentedKey(ctx: Context): string | undefined {
  const header = ctx.get('X-API-Key');
  if (header) return header.trim();
  return /^Bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1];
}
