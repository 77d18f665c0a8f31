import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { ApiKey, type KeyScope, Partner } from '../db/entities/partner.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { readClock } from '../db/queries/clock.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { type FieldProblem, invalid, notFound, Refusal } from '../domain/errors.ts';
import type { Permission } from '../domain/permissions.ts';
import { answerOnce, type ShownOnce, showOnce, type Tell } from './answer-once.ts';
import { createApiKey } from './create-key.ts';
import type { Once } from './once.ts';

export type NewKey = {
  permissions: Permission[];
  label: string | null;
  scope: KeyScope;
  perMinute: number | null;
  expiresAt: Date | null;
};

/** What a request tells of a key, when some of it may not be valid. */
type KnownOfKey = {
  permissions: readonly unknown[] | undefined;
  scope: { venue_code?: string | undefined; partner_id?: string | undefined };
};

/** A new key's id, and the key itself: only its hash is stored. */
type IssuedKey = { made: string; secret: string };

/** Accepts a key for a partner. */
export function issueKey<T>(
  em: EntityManager,
  by: Accepting,
  partnerId: string,
  wanted: NewKey,
  tell: Tell<T, string>,
): Promise<ShownOnce<T>> {
  const issue = async (tx: EntityManager) => {
    const partner = await tx.findOne(Partner, partnerId);
    if (!partner) throw notFound('partner', partnerId);
    const problems = [...permissionProblems(partner, wanted.permissions), ...(await keyProblems(tx, wanted))];
    if (problems.length > 0) throw invalid(problems);
    const issued = await store(tx, partner, wanted);
    await recordChange(tx, by, 'create_key', issued.made);
    return issued;
  };
  return showOnce(em, by, issue, tell);
}

/** What reaches beyond a partner's own things reaches what is sold, and is nothing to try out. */
const NOT_FOR_TESTS: Permission[] = ['tickets:redeem', 'admin'];

function permissionProblems({ mode }: Partner, permissions: Permission[]): FieldProblem[] {
  return permissions.flatMap((permission, index) =>
    mode === 'test' && NOT_FOR_TESTS.includes(permission)
      ? [{ path: ['permissions', String(index)], message: `a test partner's key cannot have ${permission}` }]
      : [],
  );
}

/**
 * Accepts that a key is replaced: the new one is like it, and ends when it would have; the old one lives on
 * for the grace. Once for each key.
 */
export function rotateKey<T>(
  em: EntityManager,
  by: Accepting,
  keyId: string,
  graceSeconds: number,
  tell: Tell<T, string>,
): Promise<ShownOnce<T>> {
  const rotate = async (tx: EntityManager) => {
    const old = await lockLiveKey(tx, keyId);
    const partner = await tx.findOneOrFail(Partner, old.partner.partnerId);
    const issued = await store(tx, partner, {
      permissions: old.permissions as Permission[],
      label: old.label ?? null,
      scope: old.scope,
      perMinute: old.rateLimits.per_minute ?? null,
      expiresAt: old.expiresAt ?? null,
    });
    await sql`
      update api_keys
         set replaced_by = ${issued.made}::uuid,
             expires_at = least(expires_at, clock_timestamp() + make_interval(secs => ${graceSeconds}))
       where key_id = ${keyId}::uuid`.execute(tx.getKysely());
    await recordChange(tx, by, 'rotate_key', keyId);
    return issued;
  };
  return showOnce(em, by, rotate, tell);
}

/** Accepts when a live key ends by itself; null for never. */
export function expireKey<T>(
  em: EntityManager,
  by: Accepting,
  keyId: string,
  expiresAt: Date | null,
  tell: Tell<T>,
): Promise<Once<T>> {
  const expire = async (tx: EntityManager) => {
    await lockLiveKey(tx, keyId);
    const problems = await expiryProblems(tx, expiresAt);
    if (problems.length > 0) throw invalid(problems);
    await tx.nativeUpdate(ApiKey, { keyId }, { expiresAt });
    await recordChange(tx, by, 'expire_key', keyId);
  };
  return answerOnce(em, by, expire, tell);
}

/** Ends a key at once; a repeat changes nothing. */
export async function revokeKey(em: EntityManager, by: Accepting, keyId: string): Promise<void> {
  const { rows } = await sql<{ known: boolean }>`
    with revoked as (
      update api_keys set revoked_at = clock_timestamp()
       where key_id = ${keyId}::uuid and revoked_at is null
      returning key_id
    ), audit as (
      insert into audit_log (actor, key_id, action, subject, request_id, outcome)
      select ${by.partnerId}, ${by.keyId}::uuid, 'revoke_key', key_id::text, ${by.requestId}, 'accepted' from revoked
    )
    select exists (select from api_keys where key_id = ${keyId}::uuid) as known
  `.execute(em.fork().getKysely());
  if (!rows[0]?.known) throw notFound('key', keyId);
}

async function store(tx: EntityManager, partner: Partner, wanted: NewKey): Promise<IssuedKey> {
  const keyId = uuid();
  const { perMinute, permissions, ...more } = wanted;
  const rateLimits = perMinute === null ? {} : { per_minute: perMinute };
  const secret = await createApiKey(tx, partner, permissions, undefined, { keyId, rateLimits, ...more });
  return { made: keyId, secret };
}

/** Locks first and reads with the next statement: whoever held the lock may have ended the key. */
async function lockLiveKey(tx: EntityManager, keyId: string) {
  await sql`select 1 from api_keys where key_id = ${keyId}::uuid for update`.execute(tx.getKysely());
  const key = await tx.findOne(ApiKey, { keyId });
  if (!key) throw notFound('key', keyId);
  const ended = await howItEnded(tx, key);
  if (ended) throw new Refusal('KEY_ENDED', `Key ${keyId} ${ended}.`);
  return key;
}

async function howItEnded(tx: EntityManager, key: ApiKey): Promise<string | undefined> {
  if (key.revokedAt) return `was revoked at ${key.revokedAt.toISOString()}`;
  if (key.replacedBy) return `was replaced by key ${key.replacedBy}`;
  const isOver = key.expiresAt && key.expiresAt <= (await readClock(tx));
  return isOver ? `has expired at ${key.expiresAt?.toISOString()}` : undefined;
}

/** What is wrong with a key that is well-formed, as far as that is known of it. */
export async function keyProblems(
  tx: EntityManager,
  wanted: KnownOfKey & Pick<NewKey, 'expiresAt'>,
): Promise<FieldProblem[]> {
  return [...(await scopeProblems(tx, wanted)), ...(await expiryProblems(tx, wanted.expiresAt))];
}

export async function expiryProblems(tx: EntityManager, expiresAt: Date | null): Promise<FieldProblem[]> {
  if (expiresAt === null) return [];
  const now = await readClock(tx);
  return expiresAt > now
    ? []
    : [{ path: ['expires_at'], message: `must be later than ${now.toISOString()}` }];
}

/** A scope narrows what a gate may scan; a key that administers cannot be narrowed. */
async function scopeProblems(tx: EntityManager, { permissions, scope }: KnownOfKey): Promise<FieldProblem[]> {
  const { venue_code: venueCode, partner_id: partnerId } = scope;
  const problems: FieldProblem[] = [];
  const isGate = permissions?.includes('tickets:redeem') && !permissions.includes('admin');
  if (permissions && !isGate && (venueCode !== undefined || partnerId !== undefined)) {
    problems.push({ path: ['scope'], message: 'is for keys with tickets:redeem and without admin' });
  }
  if (venueCode !== undefined) {
    // Locked, so that the venue is not removed meanwhile.
    const { rows } = await sql`select 1 from venues where venue_code = ${venueCode} for key share`.execute(
      tx.getKysely(),
    );
    if (rows.length === 0) {
      problems.push({ path: ['scope', 'venue_code'], message: `There is no venue ${venueCode}.` });
    }
  }
  if (partnerId !== undefined && (await tx.count(Partner, { partnerId })) === 0) {
    problems.push({ path: ['scope', 'partner_id'], message: `There is no partner ${partnerId}.` });
  }
  return problems;
}
