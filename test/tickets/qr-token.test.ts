import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../src/tickets/base32.ts';
import { readToken, signRotatingToken, signStaticToken } from '../../src/tickets/qr-token.ts';
import { generateSigningKeySet, publicKeySet, readSigningKeySet } from '../../src/tickets/signing-keys.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.split('');

/** The key of RFC 8037, appendix A. */
const keys = readSigningKeySet(
  JSON.stringify({
    keys: [
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
        d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
        kid: '21fe31df',
        use: 'sig',
        alg: 'EdDSA',
      },
    ],
  }),
);

const ticketCode = encodeBase32(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'));
const expiresAt = new Date('2026-11-23T06:30:00.000Z');
const nonce = Buffer.from('c0ffee42', 'hex');
const staticText = signStaticToken(keys, ticketCode);
const rotatingText = signRotatingToken(keys, ticketCode, expiresAt, nonce);

const codes = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(encodeBase32);
const nonces = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes));
const wholeSeconds = fc.nat(2 ** 32 - 1).map((seconds) => new Date(seconds * 1000));

function base32Text(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length });
}

function bytesOf(text: string): Buffer {
  const bytes = decodeBase32(text);
  if (bytes === undefined) throw new Error('Not base32');
  return Buffer.from(bytes);
}

/** Signs a payload that the code under test would never make. */
function sealed(payload: Buffer, prefix = 'allotment-ticket'): string {
  const signature = sign(null, Buffer.concat([Buffer.from(prefix), payload]), keys.signing.privateKey);
  return encodeBase32(Buffer.concat([payload, signature]));
}

function mutations(text: string): string[] {
  return text
    .split('')
    .flatMap((letter, at) =>
      alphabet
        .filter((other) => other !== letter)
        .map((other) => text.slice(0, at) + other + text.slice(at + 1)),
    );
}

describe('signStaticToken', () => {
  it('writes 138 characters: version and kind, key id, code, flags, signature', () => {
    expect(staticText).toMatch(/^[A-Z2-7]{138}$/);
    expect(bytesOf(staticText).subarray(0, 22).toString('hex')).toBe(
      ['11', '21fe31df', '000102030405060708090a0b0c0d0e0f', '00'].join(''),
    );
  });

  it('keeps its format, since printed tickets outlive a release', () => {
    expect(staticText).toBe(
      'CEQ74MO7AAAQEAYEAUDAOCAJBIFQYDIOB4AOY4EGCQSQBQ42W3P7D4PCXCUOZZ77NLV6VOYRLR22RZUDCDUCELQYIQDKIUREBK7POXIEIYXOHJVDT7JE5X6MKXOWNTRFSJI5JFYSBE',
    );
  });

  it('gives the same text for the same ticket each time', () => {
    expect(signStaticToken(keys, ticketCode)).toBe(staticText);
  });

  it.each(['', 'short', `${'A'.repeat(25)}B`])('refuses the ticket code "%s"', (code) => {
    expect(() => signStaticToken(keys, code)).toThrow('well-formed ticket code');
  });
});

describe('signRotatingToken', () => {
  it('writes 151 characters, with the expiry and the nonce after the flags', () => {
    expect(rotatingText).toMatch(/^[A-Z2-7]{151}$/);
    expect(bytesOf(rotatingText).subarray(0, 30).toString('hex')).toBe(
      ['12', '21fe31df', '000102030405060708090a0b0c0d0e0f', '00', '6b03dd68', 'c0ffee42'].join(''),
    );
  });

  it('rounds the expiry down to the second', () => {
    const text = signRotatingToken(keys, ticketCode, new Date(expiresAt.getTime() + 999), nonce);
    expect(text).toBe(rotatingText);
  });

  it('refuses a nonce of another length', () => {
    expect(() => signRotatingToken(keys, ticketCode, expiresAt, Buffer.alloc(3))).toThrow(
      'A nonce is 4 bytes',
    );
  });

  it('refuses an expiry that four bytes cannot hold', () => {
    const tooLate = new Date(2 ** 32 * 1000);
    expect(() => signRotatingToken(keys, ticketCode, tooLate, nonce)).toThrow('out of range');
  });
});

describe('readToken', () => {
  it('gives back every static token', () => {
    fc.assert(
      fc.property(codes, (code) => {
        const reading = readToken(keys, signStaticToken(keys, code));
        expect(reading).toEqual({ kind: 'static', ticketCode: code, kid: '21fe31df' });
      }),
    );
  });

  it('gives back every rotating token, expired or not', () => {
    fc.assert(
      fc.property(codes, wholeSeconds, nonces, (code, expiry, random) => {
        const text = signRotatingToken(keys, code, expiry, random);
        const payload = bytesOf(text).subarray(0, 30);
        const jti = createHash('sha256').update(payload).digest('hex').slice(0, 32);
        expect(readToken(keys, text)).toEqual({
          kind: 'rotating',
          ticketCode: code,
          expiresAt: expiry,
          jti,
          kid: '21fe31df',
        });
      }),
    );
  });

  it('gives tokens that differ only in the nonce different ids', () => {
    const [first, second] = [nonce, Buffer.alloc(4)].map((random) =>
      readToken(keys, signRotatingToken(keys, ticketCode, expiresAt, random)),
    );
    expect(first).toMatchObject({ kind: 'rotating' });
    expect(first).not.toEqual(second);
  });

  it.each([
    ['static', staticText],
    ['rotating', rotatingText],
  ])('refuses a %s token with any one character changed', (_kind, text) => {
    const accepted = mutations(text).filter((mutated) => readToken(keys, mutated).kind !== 'invalid');
    expect(accepted).toEqual([]);
  });

  it('refuses a signature to which the order of the curve was added', () => {
    // Verifiers that skip the range check of RFC 8032 take s + L for s: a second text for one token.
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const bytes = bytesOf(staticText);
    const s = BigInt(`0x${Buffer.from(bytes.subarray(54).toReversed()).toString('hex')}`);
    const shifted = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').toReversed();
    const text = encodeBase32(Buffer.concat([bytes.subarray(0, 54), shifted]));
    expect(readToken(keys, text)).toEqual({ kind: 'invalid', reason: 'BAD_SIGNATURE' });
  });

  it.each([
    ['nothing', ''],
    ['a ticket code', ticketCode],
    ['lower case', staticText.toLowerCase()],
    ['a shortened token', staticText.slice(0, -1)],
    ['a lengthened token', `${staticText}A`],
    ['padding', `${staticText}======`],
    ['white space', `${staticText.slice(0, -1)} `],
    ['characters outside the alphabet', '1'.repeat(138)],
    ['a character of two code units', `${staticText.slice(0, -2)}😀`],
    ['a very long text', 'A'.repeat(10_000_000)],
  ])('calls %s malformed', (_what, text) => {
    expect(readToken(keys, text)).toEqual({ kind: 'invalid', reason: 'MALFORMED' });
  });

  it.each([
    ['the version', 0, 0x21],
    ['the kind, with the length of the other', 0, 0x12],
    ['a flag that has no meaning yet', 21, 1],
  ])('refuses a well-signed token that differs in %s', (_what, at, value) => {
    const payload = Buffer.from(bytesOf(staticText).subarray(0, 22));
    payload[at] = value;
    expect(readToken(keys, sealed(payload))).toEqual({ kind: 'invalid', reason: 'UNKNOWN_VERSION' });
  });

  it('refuses what the same key signed for another purpose', () => {
    const payload = bytesOf(staticText).subarray(0, 22);
    expect(sealed(payload)).toBe(staticText);
    for (const prefix of ['', 'another-purpose!']) {
      expect(readToken(keys, sealed(payload, prefix))).toEqual({ kind: 'invalid', reason: 'BAD_SIGNATURE' });
    }
  });

  it('refuses a signature that belongs to another ticket', () => {
    const other = bytesOf(signStaticToken(keys, encodeBase32(Buffer.alloc(16, 7))));
    const text = encodeBase32(Buffer.concat([bytesOf(staticText).subarray(0, 22), other.subarray(22)]));
    expect(readToken(keys, text)).toEqual({ kind: 'invalid', reason: 'BAD_SIGNATURE' });
  });

  it('accepts tokens of an old key while the set holds its public part, and no longer', () => {
    const oldSet = JSON.parse(generateSigningKeySet()) as { keys: Record<string, unknown>[] };
    const newSet = JSON.parse(generateSigningKeySet()) as { keys: Record<string, unknown>[] };
    const oldPublic = oldSet.keys.map(({ d: _private, ...publicPart }) => publicPart);
    const text = signStaticToken(readSigningKeySet(JSON.stringify(oldSet)), ticketCode);

    const during = readSigningKeySet(JSON.stringify({ keys: [...newSet.keys, ...oldPublic] }));
    const after = readSigningKeySet(JSON.stringify(newSet));
    expect(readToken(during, text)).toMatchObject({ kind: 'static', kid: oldSet.keys[0]?.kid });
    expect(readToken(during, signStaticToken(during, ticketCode))).toMatchObject({
      kid: newSet.keys[0]?.kid,
    });
    expect(readToken(after, text)).toEqual({ kind: 'invalid', reason: 'UNKNOWN_KEY' });
  });

  it('refuses a token that another key signed under the id of ours', () => {
    const forger = readSigningKeySet(generateSigningKeySet());
    const disguised = { ...forger, signing: { ...forger.signing, kid: keys.signing.kid } };
    const text = signStaticToken(disguised, ticketCode);
    expect(readToken(keys, text)).toEqual({ kind: 'invalid', reason: 'BAD_SIGNATURE' });
  });

  it('never throws and never accepts a text that it did not sign', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary', minLength: 138, maxLength: 138 }),
      base32Text(138),
      base32Text(151),
      base32Text(130).map((tail) => staticText.slice(0, 8) + tail),
    );
    fc.assert(fc.property(texts, (text) => expect(readToken(keys, text).kind).toBe('invalid')));
  });

  it('can be done offline, with nothing but the published keys', () => {
    const [jwk] = publicKeySet(keys).keys;
    const token = bytesOf(rotatingText);
    const message = Buffer.concat([Buffer.from('allotment-ticket'), token.subarray(0, -64)]);
    const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    expect(verify(null, message, publicKey, token.subarray(-64))).toBe(true);
  });
});
