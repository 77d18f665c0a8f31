/** The text in a ticket's QR code; docs/adr/0003-ticket-tokens.md has the table of bytes. */
import { createHash, sign, verify } from 'node:crypto';
import { decodeBase32, encodeBase32 } from './base32.ts';
import type { SigningKeys } from './signing-keys.ts';
import { isTicketCode, ticketCodeBytes } from './ticket-code.ts';

export type TokenReading =
  | { kind: 'static'; ticketCode: string; kid: string }
  | { kind: 'rotating'; ticketCode: string; expiresAt: Date; jti: string; kid: string }
  | { kind: 'invalid'; reason: TokenFault };

export type TokenFault = 'MALFORMED' | 'UNKNOWN_VERSION' | 'UNKNOWN_KEY' | 'BAD_SIGNATURE';

/** Signed with every payload but not transmitted, so that no other signature of these keys passes as a token. */
const domainPrefix = Buffer.from('allotment-ticket');

/** The first byte: format version 1 in the high half, the kind in the low half. */
const staticToken = { firstByte: 0x11, payloadBytes: 22, textLength: 138 };
const rotatingToken = { firstByte: 0x12, payloadBytes: 30, textLength: 151 };

const kidAt = 1;
const codeAt = 5;
const flagsAt = codeAt + ticketCodeBytes;
const expiryAt = flagsAt + 1;
const nonceAt = expiryAt + 4;
const nonceBytes = 4;

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
  const format = [staticToken, rotatingToken].find(({ textLength }) => textLength === text.length);
  const token = format && decodeBase32(text);
  if (format === undefined || token === undefined) return invalid('MALFORMED');

  const payload = token.subarray(0, format.payloadBytes);
  const isThisVersion = payload[0] === format.firstByte && payload[flagsAt] === 0;
  if (!isThisVersion) return invalid('UNKNOWN_VERSION');

  const kid = payload.toString('hex', kidAt, codeAt);
  const key = keys.verifying.get(kid);
  if (key === undefined) return invalid('UNKNOWN_KEY');
  const isSigned = verify(null, signed(payload), key.publicKey, token.subarray(format.payloadBytes));
  if (!isSigned) return invalid('BAD_SIGNATURE');

  const ticketCode = encodeBase32(payload.subarray(codeAt, flagsAt));
  if (format === staticToken) return { kind: 'static', ticketCode, kid };
  const expiresAt = new Date(payload.readUInt32BE(expiryAt) * 1000);
  return { kind: 'rotating', ticketCode, expiresAt, jti: jtiOf(payload), kid };
}

function writeHead(payload: Buffer, firstByte: number, keys: SigningKeys, ticketCode: string): void {
  const code = isTicketCode(ticketCode) ? decodeBase32(ticketCode) : undefined;
  // The code is a credential, so the message does not repeat it.
  if (code === undefined) throw new RangeError('A token can only be signed for a well-formed ticket code');
  payload[0] = firstByte;
  payload.write(keys.signing.kid, kidAt, 'hex');
  code.copy(payload, codeAt);
}

function seal(keys: SigningKeys, payload: Buffer): string {
  const signature = sign(null, signed(payload), keys.signing.privateKey);
  return encodeBase32(Buffer.concat([payload, signature]));
}

function signed(payload: Buffer): Buffer {
  return Buffer.concat([domainPrefix, payload]);
}

/** Names one rotating token, so that the gate can refuse its second use. */
function jtiOf(payload: Buffer): string {
  return createHash('sha256').update(payload).digest('hex').slice(0, 32);
}

function invalid(reason: TokenFault): TokenReading {
  return { kind: 'invalid', reason };
}
