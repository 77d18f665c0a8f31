import { jwtVerify, SignJWT } from 'jose';
import type { Context } from 'koa';
import type { SessionName } from '../contract/operation.ts';
import type { SigningKeys } from '../tickets/signing-keys.ts';

/**
 * The sessions of pages: a cookie that stands in for a key, so that the page need not keep the key. It names the
 * key by the hash by which keys are found, so it ends with the key, at once. It is signed by the keys of tickets:
 * neither passes for the other, as tickets are signed with a prefix that no JWT begins with, and each session has
 * a type of its own.
 */
const sessions: Record<SessionName, { cookie: string; type: string; path: string; seconds: number }> = {
  // A season's phone is signed in anew now and then; a lost one is locked out by revoking its key.
  gate: { cookie: 'allotment_gate', type: 'gate-session+jwt', path: '/venue', seconds: 30 * 86_400 },
  // A shift at a desk that others may come to.
  operator: { cookie: 'allotment_operator', type: 'operator-session+jwt', path: '/api', seconds: 12 * 3_600 },
};

/** The session of a request: the hash of the key for which it stands, and when it ends by itself. */
export type Session = { keyHash: Buffer; endsAt: Date };

export async function openSession(
  name: SessionName,
  keys: SigningKeys,
  keyHash: Buffer,
  now: Date,
  publicUrl: string,
): Promise<{ cookie: string; endsAt: Date }> {
  const { type, seconds } = sessions[name];
  const endsAt = new Date((Math.floor(now.getTime() / 1000) + seconds) * 1000);
  const { kid, privateKey } = keys.signing;
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA', typ: type, kid })
    .setSubject(keyHash.toString('base64url'))
    .setExpirationTime(endsAt)
    .sign(privateKey);
  return { cookie: cookieOf(name, token, seconds, publicUrl), endsAt };
}

/** What takes the cookie back. */
export const endedSession = (name: SessionName, publicUrl: string): string =>
  cookieOf(name, '', 0, publicUrl);

/** The session that a request carries; undefined without one that holds. */
export async function readSession(
  name: SessionName,
  ctx: Context,
  keys: SigningKeys,
  now: Date,
  publicUrl: string,
): Promise<Session | undefined> {
  const { cookie, type } = sessions[name];
  const token = ctx.cookies.get(cookie);
  if (token === undefined || isFromElsewhere(ctx, publicUrl)) return undefined;
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid = '' }) => {
        const key = keys.verifying.get(kid);
        if (!key) throw new Error('signed by no key of the set');
        return key.publicKey;
      },
      { algorithms: ['EdDSA'], typ: type, currentDate: now, requiredClaims: ['sub', 'exp'] },
    );
    const { sub = '', exp = 0 } = payload;
    return { keyHash: Buffer.from(sub, 'base64url'), endsAt: new Date(exp * 1000) };
  } catch {
    return undefined;
  }
}

/**
 * SameSite lets other hosts and ports of the same domain through; browsers that say where a request is from do
 * not. They say so over TLS and to localhost; elsewhere `Origin` tells, which goes with whatever changes something.
 */
function isFromElsewhere(ctx: Context, publicUrl: string): boolean {
  const from = ctx.get('Sec-Fetch-Site');
  if (from !== '') return from !== 'same-origin' && from !== 'none';
  const origin = ctx.get('Origin');
  return origin !== '' && hostOf(origin) !== ctx.host && hostOf(origin) !== hostOf(publicUrl);
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

/** Only below its path, and only over TLS unless the address that callers use has none. */
function cookieOf(name: SessionName, token: string, seconds: number, publicUrl: string): string {
  const { cookie, path } = sessions[name];
  const parts = [`${cookie}=${token}`, `Path=${path}`, `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict'];
  if (publicUrl.startsWith('https:')) parts.push('Secure');
  return parts.join('; ');
}
