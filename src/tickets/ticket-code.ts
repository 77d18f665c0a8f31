import { decodeBase32, encodeBase32 } from './base32.ts';

/** 128 random bits: the code is a credential, so it cannot be guessed. */
export const ticketCodeBytes = 16;

/** Sixteen bytes in base32. */
const ticketCodeLength = 26;

export function newTicketCode(): string {
  return encodeBase32(crypto.getRandomValues(new Uint8Array(ticketCodeBytes)));
}

export function isTicketCode(text: string): boolean {
  return text.length === ticketCodeLength && decodeBase32(text) !== undefined;
}
