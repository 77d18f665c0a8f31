import { verifyAsync } from '@noble/ed25519';
import { jtiOfHash, parseToken, signedBytes } from '../../tickets/token-format.ts';

/** A public key as /.well-known/jwks.json shows it. */
export type PublicKey = { kid: string; x: string };

export type Reading =
  | { kind: 'ticket'; ticketCode: string; jti: string | null; expiresAt: Date | null }
  | { kind: 'foreign'; reason: 'NO_TOKEN' | 'UNKNOWN_KEY' | 'BAD_SIGNATURE' };

/**
 * Whether a code was signed here, without asking anybody. The library verifies on every phone; browsers' own
 * Ed25519 came late, and a second way to verify would be one more to trust.
 */
export async function readToken(keys: PublicKey[], text: string): Promise<Reading> {
  const token = parseToken(text);
  if (typeof token === 'string') return { kind: 'foreign', reason: 'NO_TOKEN' };
  const key = keys.find(({ kid }) => kid === token.kid);
  if (!key) return { kind: 'foreign', reason: 'UNKNOWN_KEY' };
  const { payload, signature, ticketCode, expiresAt } = token;
  // As strict as the server: RFC 8032, and no second text for one signature.
  const isSigned = await verifyAsync(signature, signedBytes(payload), fromBase64Url(key.x), {
    zip215: false,
  });
  if (!isSigned) return { kind: 'foreign', reason: 'BAD_SIGNATURE' };
  const jti = expiresAt && (await jtiOf(payload));
  return { kind: 'ticket', ticketCode, jti, expiresAt };
}

/** What a text is about when the server has spoken of it, which has verified it. */
export async function namesIn(text: string): Promise<{ ticketCode: string; jti: string | null } | undefined> {
  const token = parseToken(text);
  if (typeof token === 'string') return undefined;
  const { ticketCode, payload, kind } = token;
  return { ticketCode, jti: kind === 'rotating' ? await jtiOf(payload) : null };
}

const jtiOf = async (payload: Uint8Array): Promise<string> =>
  jtiOfHash(new Uint8Array(await crypto.subtle.digest('SHA-256', copyOf(payload))));

const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

function fromBase64Url(text: string): Uint8Array {
  const letters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
