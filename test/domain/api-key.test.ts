import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { formatApiKey, isWellFormedApiKey, modeOfApiKey, shownPrefix } from '../../src/domain/api-key.ts';

const fromBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('formatApiKey', () => {
  it.each([
    ['zeros', Buffer.alloc(32, 0)],
    ['ones', Buffer.alloc(32, 0xff)],
    ['random bytes', randomBytes(32)],
  ])('makes a well-formed key of %s, always of the same length', (_what, bytes) => {
    const key = formatApiKey(bytes, crc32);
    expect(key).toMatch(/^alt_live_[0-9A-Za-z]{49}$/);
    expect(isWellFormedApiKey(key, crc32)).toBe(true);
  });

  it('keeps all 256 bits: other bytes give another key', () => {
    fc.assert(
      fc.property(fromBytes, fc.integer({ min: 0, max: 255 }), (bytes, bit) => {
        const other = Uint8Array.from(bytes);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(formatApiKey(other, crc32)).not.toBe(formatApiKey(bytes, crc32));
      }),
    );
  });
});

describe('isWellFormedApiKey', () => {
  it('refuses every key with one letter changed', () => {
    fc.assert(
      fc.property(
        fromBytes,
        fc.integer({ min: 0, max: 57 }),
        fc.constantFrom('0', '5', '9', 'A', 'M', 'Z', 'a', 'm', 'z', '_'),
        (bytes, at, letter) => {
          const key = formatApiKey(bytes, crc32);
          fc.pre(key[at] !== letter);
          expect(isWellFormedApiKey(key.slice(0, at) + letter + key.slice(at + 1), crc32)).toBe(false);
        },
      ),
    );
  });

  it('refuses a key with two letters swapped', () => {
    const key = formatApiKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)), crc32);
    for (let at = 9; at < key.length - 1; at++) {
      const [a = '', b = ''] = [key[at], key[at + 1]];
      if (a === b) continue;
      expect(isWellFormedApiKey(key.slice(0, at) + b + a + key.slice(at + 2), crc32)).toBe(false);
    }
  });

  it.each(['', 'alt_live_', 'x'.repeat(58), `alt_live_${'0'.repeat(48)}`, `alt_test_${'0'.repeat(49)}`])(
    'refuses "%s"',
    (text) => {
      expect(isWellFormedApiKey(text, crc32)).toBe(false);
    },
  );

  it('refuses a key with anything around it', () => {
    const key = formatApiKey(randomBytes(32), crc32);
    for (const text of [` ${key}`, `${key} `, `${key}\n`, `${key}0`]) {
      expect(isWellFormedApiKey(text, crc32)).toBe(false);
    }
  });
});

describe('shownPrefix', () => {
  it('shows enough to recognise a key by, and far too little to use it', () => {
    const key = formatApiKey(randomBytes(32), crc32);
    expect(shownPrefix(key)).toBe(key.slice(0, 15));
    expect(shownPrefix(key)).toMatch(/^alt_live_[0-9A-Za-z]{6}$/);
  });
});

describe('a key of a test partner', () => {
  const random = new Uint8Array(32).fill(7);

  it('says so in front, and is as well-formed as any', () => {
    const key = formatApiKey(random, crc32, 'test');
    expect(key).toMatch(/^alt_test_[0-9A-Za-z]{49}$/);
    expect([isWellFormedApiKey(key, crc32), modeOfApiKey(key)]).toEqual([true, 'test']);
    expect(modeOfApiKey(formatApiKey(random, crc32))).toBe('live');
    expect(shownPrefix(key)).toMatch(/^alt_test_.{6}$/);
  });

  it('does not become a live one by another front', () => {
    const key = formatApiKey(random, crc32, 'test');
    expect(isWellFormedApiKey(key.replace('alt_test_', 'alt_live_'), crc32)).toBe(false);
  });
});
