import { jwtVerify, SignJWT } from 'jose';
import type { Context } from 'koa';
import type { SigningKeys } from '../tickets/signing-keys.ts';

/**
 * The session of a gate's phone: a cookie that stands in for the gate's key, so that the page need not keep
 * the key. It names the key by the hash by which keys are found, so it ends with the key, at once. It is
 * signed by the keys of tickets: neither passes for the other, as tickets are signed with a prefix that no JWT
 * begins with, and a session has a type of its own.
 */
const COOKIE = 'allotment_gate';
const TYPE = 'gate-session+jwt';
/** A season's phone is signed in anew now and then; a lost one is locked out by revoking its key. */
const SESSION_SECONDS = 30 * 86_400;

export async function openGateSession(
  keys: SigningKeys,
  keyHash: Buffer,
  now: Date,
  publicUrl: string,
): Promise<{ cookie: string; expiresAt: Date }> {
  const expiresAt = new Date((Math.floor(now.getTime() / 1000) + SESSION_SECONDS) * 1000);
  const { kid, privateKey } = keys.signing;
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid })
    .setSubject(keyHash.toString('base64url'))
    .setExpirationTime(expiresAt)
    .sign(privateKey);
  return { cookie: cookieOf(token, SESSION_SECONDS, publicUrl), expiresAt };
}

/** What takes the cookie back. */
export const endedGateSession = (publicUrl: string): string => cookieOf('', 0, publicUrl);

/** The hash of the key for which the session stands; undefined without a session that holds. */
export async function readGateSession(
  ctx: Context,
  keys: SigningKeys,
  now: Date,
): Promise<Buffer | undefined> {
  const token = ctx.cookies.get(COOKIE);
  if (token === undefined || isFromElsewhere(ctx)) return undefined;
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid = '' }) => {
        const key = keys.verifying.get(kid);
        if (!key) throw new Error('signed by no key of the set');
        return key.publicKey;
      },
      { algorithms: ['EdDSA'], typ: TYPE, currentDate: now, requiredClaims: ['sub', 'exp'] },
    );
    return Buffer.from(payload.sub ?? '', 'base64url');
  } catch {
    return undefined;
  }
}

/** SameSite lets other hosts of the same domain through; browsers that say where a request is from do not. */
function isFromElsewhere(ctx: Context): boolean {
  const from = ctx.get('Sec-Fetch-Site');
  return from !== '' && from !== 'same-origin' && from !== 'none';
}

/** Only to /venue, and only over TLS unless the address that callers use has none. */
function cookieOf(token: string, seconds: number, publicUrl: string): string {
  const parts = [`${COOKIE}=${token}`, 'Path=/venue', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict'];
  if (publicUrl.startsWith('https:')) parts.push('Secure');
  return parts.join('; ');
}
