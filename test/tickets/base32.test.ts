import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../src/tickets/base32.ts';

/** RFC 4648, section 10, without the padding. */
const vectors = [
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
] as const;

describe('encodeBase32', () => {
  it.each(vectors)('writes "%s" as "%s"', (plain, encoded) => {
    expect(encodeBase32(Buffer.from(plain))).toBe(encoded);
  });
});

describe('decodeBase32', () => {
  it.each(vectors)('reads "%s" from "%s"', (plain, encoded) => {
    expect(new TextDecoder().decode(decodeBase32(encoded))).toBe(plain);
  });

  it('gives back whatever bytes were encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(decodeBase32(encodeBase32(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('accepts a text only if it is what encoding its bytes gives', () => {
    const texts = fc.string({
      unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.split('')),
      maxLength: 40,
    });
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = decodeBase32(text);
        if (bytes !== undefined) expect(encodeBase32(bytes)).toBe(text);
      }),
    );
  });

  it.each([
    ['lower case', 'mzxw6'],
    ['padding', 'MZXW6==='],
    ['a digit outside the alphabet', 'MZXW1'],
    ['a space', 'MZXW6 '],
    ['a letter outside ASCII', 'MZXWÅ'],
    ['a character of two code units', 'MZX😀'],
    ['trailing bits that are not zero', 'MZ'],
    ['a single letter', 'A'],
    ['a spare letter', 'MZXW6A'],
  ])('refuses %s', (_what, text) => {
    expect(decodeBase32(text)).toBeUndefined();
  });
});
