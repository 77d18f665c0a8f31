/**
 * What stands where in the text of a ticket's QR code; docs/adr/0003-ticket-tokens.md has the table of bytes.
 * Read by the API and, in the browser, by the gate page: nothing here is Node's own.
 */
import { decodeBase32, encodeBase32 } from './base32.ts';
import { ticketCodeBytes } from './ticket-code.ts';

/** Well-formed, with the signature yet to be verified. */
export type Token = {
  kind: 'static' | 'rotating';
  kid: string;
  ticketCode: string;
  /** Only of a rotating token. */
  expiresAt: Date | null;
  payload: Uint8Array;
  signature: Uint8Array;
};

/** Signed with every payload but not transmitted, so that no other signature of these keys passes as a token. */
const domainPrefix = new TextEncoder().encode('allotment-ticket');

/** The first byte: format version 1 in the high half, the kind in the low half. */
export const staticToken = { kind: 'static', firstByte: 0x11, payloadBytes: 22, textLength: 138 } as const;
export const rotatingToken = {
  kind: 'rotating',
  firstByte: 0x12,
  payloadBytes: 30,
  textLength: 151,
} as const;

export const kidAt = 1;
export const codeAt = 5;
const flagsAt = codeAt + ticketCodeBytes;
export const expiryAt = flagsAt + 1;
export const nonceAt = expiryAt + 4;
export const nonceBytes = 4;

/** Takes a text apart, or says why it is no token. Never throws, whatever the text. */
export function parseToken(text: string): Token | 'MALFORMED' | 'UNKNOWN_VERSION' {
  const format = [staticToken, rotatingToken].find(({ textLength }) => textLength === text.length);
  const token = format && decodeBase32(text);
  if (format === undefined || token === undefined) return 'MALFORMED';

  const payload = token.subarray(0, format.payloadBytes);
  const isThisVersion = payload[0] === format.firstByte && payload[flagsAt] === 0;
  if (!isThisVersion) return 'UNKNOWN_VERSION';
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    kind: format.kind,
    kid: toHex(payload.subarray(kidAt, codeAt)),
    ticketCode: encodeBase32(payload.subarray(codeAt, flagsAt)),
    expiresAt: format.kind === 'rotating' ? new Date(view.getUint32(expiryAt) * 1000) : null,
    payload,
    signature: token.subarray(format.payloadBytes),
  };
}

/** What the signature of a payload is over. */
export function signedBytes(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(domainPrefix.length + payload.length);
  bytes.set(domainPrefix);
  bytes.set(payload, domainPrefix.length);
  return bytes;
}

/** Names one rotating token, so that the gate can refuse its second use: from the SHA-256 of its payload. */
export const jtiOfHash = (sha256: Uint8Array): string => toHex(sha256.subarray(0, 16));

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
