/** The text in a ticket's QR code, signed and verified; token-format.ts has its bytes. */
import { createHash, sign, verify } from 'node:crypto';
import { decodeBase32, encodeBase32 } from './base32.ts';
import type { SigningKeys } from './signing-keys.ts';
import { isTicketCode } from './ticket-code.ts';
import {
  codeAt,
  expiryAt,
  jtiOfHash,
  kidAt,
  nonceAt,
  nonceBytes,
  parseToken,
  rotatingToken,
  signedBytes,
  staticToken,
} from './token-format.ts';

export type TokenReading =
  | { kind: 'static'; ticketCode: string; kid: string }
  | { kind: 'rotating'; ticketCode: string; expiresAt: Date; jti: string; kid: string }
  | { kind: 'invalid'; reason: TokenFault };

export type TokenFault = 'MALFORMED' | 'UNKNOWN_VERSION' | 'UNKNOWN_KEY' | 'BAD_SIGNATURE';

/** For print and e-mail: always the same text for the same ticket and key. */
export function signStaticToken(keys: SigningKeys, ticketCode: string): string {
  const payload = Buffer.alloc(staticToken.payloadBytes);
  writeHead(payload, staticToken.firstByte, keys, ticketCode);
  return seal(keys, payload);
}

/** For a phone screen. The expiry is kept in whole seconds, rounded down. */
export function signRotatingToken(
  keys: SigningKeys,
  ticketCode: string,
  expiresAt: Date,
  nonce: Buffer,
): string {
  if (nonce.length !== nonceBytes)
    throw new RangeError(`A nonce is ${nonceBytes} bytes, not ${nonce.length}`);
  const payload = Buffer.alloc(rotatingToken.payloadBytes);
  writeHead(payload, rotatingToken.firstByte, keys, ticketCode);
  payload.writeUInt32BE(Math.floor(expiresAt.getTime() / 1000), expiryAt);
  nonce.copy(payload, nonceAt);
  return seal(keys, payload);
}

/**
 * Never throws, whatever the text. Whether a rotating token has expired is not judged here:
 * only the database's clock counts.
 */
export function readToken(keys: SigningKeys, text: string): TokenReading {
  const token = parseToken(text);
  if (typeof token === 'string') return invalid(token);
  const { kid, ticketCode, expiresAt, payload, signature } = token;
  const key = keys.verifying.get(kid);
  if (key === undefined) return invalid('UNKNOWN_KEY');
  if (!verify(null, signedBytes(payload), key.publicKey, signature)) return invalid('BAD_SIGNATURE');
  if (expiresAt === null) return { kind: 'static', ticketCode, kid };
  const jti = jtiOfHash(createHash('sha256').update(payload).digest());
  return { kind: 'rotating', ticketCode, expiresAt, jti, kid };
}

function writeHead(payload: Buffer, firstByte: number, keys: SigningKeys, ticketCode: string): void {
  const code = isTicketCode(ticketCode) ? decodeBase32(ticketCode) : undefined;
  // The code is a credential, so the message does not repeat it.
  if (code === undefined) throw new RangeError('A token can only be signed for a well-formed ticket code');
  payload[0] = firstByte;
  payload.write(keys.signing.kid, kidAt, 'hex');
  payload.set(code, codeAt);
}

function seal(keys: SigningKeys, payload: Buffer): string {
  const signature = sign(null, signedBytes(payload), keys.signing.privateKey);
  return encodeBase32(Buffer.concat([payload, signature]));
}

function invalid(reason: TokenFault): TokenReading {
  return { kind: 'invalid', reason };
}
