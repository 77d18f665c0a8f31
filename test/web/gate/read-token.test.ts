import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../../src/tickets/base32.ts';
import * as server from '../../../src/tickets/qr-token.ts';
import { generateSigningKeySet, publicKeySet, readSigningKeySet } from '../../../src/tickets/signing-keys.ts';
import { newTicketCode } from '../../../src/tickets/ticket-code.ts';
import { readToken } from '../../../src/web/gate/read-token.ts';

const keys = readSigningKeySet(generateSigningKeySet());
const { keys: known } = publicKeySet(keys);
const code = newTicketCode();
const expiresAt = new Date('2030-06-15T02:31:00Z');
const printed = server.signStaticToken(keys, code);
const rotating = server.signRotatingToken(keys, code, expiresAt, randomBytes(4));

/** What the server says of the same text, in the words of the page. */
const asServer = (text: string) => {
  const reading = server.readToken(keys, text);
  if (reading.kind === 'invalid') return 'foreign';
  return reading.kind === 'static'
    ? { kind: 'ticket', ticketCode: reading.ticketCode, jti: null, expiresAt: null }
    : { kind: 'ticket', ticketCode: reading.ticketCode, jti: reading.jti, expiresAt: reading.expiresAt };
};

describe('readToken of the gate page', () => {
  it('reads what the server signs as the server does, by the public keys alone', async () => {
    for (const text of [printed, rotating]) expect(await readToken(known, text)).toEqual(asServer(text));
    expect(await readToken(known, rotating)).toMatchObject({ ticketCode: code, expiresAt });
  });

  it('refuses a text with any one letter changed, as the server does', async () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(printed, rotating),
        fc.nat(137),
        fc.constantFrom(...letters.split('')),
        async (text, at, letter) => {
          fc.pre(text[at] !== letter);
          const changed = text.slice(0, at) + letter + text.slice(at + 1);
          expect([(await readToken(known, changed)).kind, asServer(changed)]).toEqual(['foreign', 'foreign']);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses a second text for one signature', async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const bytes = Buffer.from(decodeBase32(printed) ?? []);
    const s = BigInt(`0x${Buffer.from(bytes.subarray(54).toReversed()).toString('hex')}`);
    const shifted = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').toReversed();
    const twin = encodeBase32(Buffer.concat([bytes.subarray(0, 54), shifted]));
    expect(await readToken(known, twin)).toEqual({ kind: 'foreign', reason: 'BAD_SIGNATURE' });
  });

  it('says of a forged code whose key it does not know, and of another text that it is no code', async () => {
    const forger = readSigningKeySet(generateSigningKeySet());
    expect(await readToken(known, server.signStaticToken(forger, code))).toEqual({
      kind: 'foreign',
      reason: 'UNKNOWN_KEY',
    });
    for (const text of ['', 'https://example.com', code, printed.toLowerCase()]) {
      expect(await readToken(known, text)).toEqual({ kind: 'foreign', reason: 'NO_TOKEN' });
    }
  });
});
