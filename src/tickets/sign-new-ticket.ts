import { signStaticToken } from './qr-token.ts';
import type { SigningKeys } from './signing-keys.ts';
import { newTicketCode } from './ticket-code.ts';

/** A new ticket's code and the signed text that its QR shows. */
export function signNewTicket(keys: SigningKeys): { ticketCode: string; qrToken: string } {
  const ticketCode = newTicketCode();
  return { ticketCode, qrToken: signStaticToken(keys, ticketCode) };
}
