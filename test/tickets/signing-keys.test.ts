import { createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { generateSigningKeySet, publicKeySet, readSigningKeySet } from '../../src/tickets/signing-keys.ts';

type Jwk = Record<string, unknown>;

function newJwk(): Jwk {
  const set = JSON.parse(generateSigningKeySet()) as { keys: Jwk[] };
  return { ...set.keys[0] };
}

function keySet(...keys: unknown[]): string {
  return JSON.stringify({ keys });
}

/** The key of RFC 8037, appendix A, with the id that this project derives from it. */
const rfcKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  kid: '21fe31df',
  use: 'sig',
  alg: 'EdDSA',
};

describe('generateSigningKeySet', () => {
  it('makes a set of one key that can be read, another each time', () => {
    const [first, second] = [newJwk(), newJwk()];
    expect(first).not.toEqual(second);
    expect(Object.keys(first).toSorted()).toEqual(['alg', 'crv', 'd', 'kid', 'kty', 'use', 'x']);
    expect(readSigningKeySet(keySet(first)).signing.kid).toBe(first.kid);
  });
});

describe('readSigningKeySet', () => {
  it('reads the key of RFC 8037', () => {
    const keys = readSigningKeySet(keySet(rfcKey));
    const signature = sign(null, Buffer.from('ticket'), keys.signing.privateKey);
    const publicKey = keys.verifying.get('21fe31df')?.publicKey;
    expect(publicKey && verify(null, Buffer.from('ticket'), publicKey, signature)).toBe(true);
  });

  it('signs with the first key and verifies with every key, also one without its private part', () => {
    const [first, second] = [newJwk(), newJwk()];
    const { d: _private, ...third } = newJwk();
    const keys = readSigningKeySet(keySet(first, second, third));
    expect(keys.signing.kid).toBe(first.kid);
    expect([...keys.verifying.keys()]).toEqual([first.kid, second.kid, third.kid]);
  });

  it.each([
    ['a text that is not JSON', 'not json', 'is not JSON'],
    ['JSON of another shape', '[]', 'must be an object with an array "keys"'],
    ['null', 'null', 'must be an object with an array "keys"'],
    ['an empty set', '{"keys":[]}', 'keys must hold at least one key'],
    ['a key that is not an object', '{"keys":["key"]}', 'keys[0]: must be an object'],
  ])('refuses %s', (_what, json, message) => {
    expect(() => readSigningKeySet(json)).toThrow(message);
  });

  it.each([
    ['another curve', { crv: 'X25519' }, 'crv must be "Ed25519"'],
    ['another key type', { kty: 'EC' }, 'kty must be "OKP"'],
    ['another use', { use: 'enc' }, 'use must be "sig"'],
    ['another algorithm', { alg: 'ES256' }, 'alg must be "EdDSA"'],
    ['a first key without its private part', { d: undefined }, 'd is missing, and the first key signs'],
    ['a private part of another length', { d: 'AAAA' }, 'd must be 32 bytes in base64url'],
    ['a public part with padding', { x: `${rfcKey.x}=` }, 'x must be 32 bytes in base64url'],
    ['a private part of another key', { d: newJwk().d }, 'd does not belong to x'],
    ['an id that is not the hash', { kid: '00000000' }, 'kid must be "21fe31df", from the hash of x'],
    ['a missing id', { kid: undefined }, 'kid must be "21fe31df", from the hash of x'],
  ])('refuses %s', (_what, change, message) => {
    expect(() => readSigningKeySet(keySet({ ...rfcKey, ...change }))).toThrow(`keys[0]: ${message}`);
  });

  it('refuses the same key twice', () => {
    expect(() => readSigningKeySet(keySet(rfcKey, rfcKey))).toThrow(
      'keys[1]: kid is the same as that of an earlier key',
    );
  });

  it('reports every problem of every key at once', () => {
    const { d: _private, ...withoutPrivate } = newJwk();
    const broken = keySet({ ...withoutPrivate, use: 'enc' }, { kty: 'RSA' });
    expect(() => readSigningKeySet(broken)).toThrow(
      'The ticket signing key set is not usable: keys[0]: use must be "sig"; ' +
        'keys[0]: d is missing, and the first key signs; keys[1]: kty must be "OKP"; ' +
        'keys[1]: crv must be "Ed25519"; keys[1]: use must be "sig"; keys[1]: alg must be "EdDSA"; ' +
        'keys[1]: x must be 32 bytes in base64url',
    );
  });

  it('never repeats the private part in an error', () => {
    const broken = [
      keySet({ ...rfcKey, use: 'enc', kid: 'x' }),
      keySet({ ...rfcKey, x: newJwk().x }),
      keySet({ ...rfcKey, d: `${rfcKey.d}=` }),
      keySet(rfcKey).slice(0, -1),
    ];
    for (const json of broken) {
      expect(() => readSigningKeySet(json)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(rfcKey.d.slice(0, 8)) }),
      );
    }
  });
});

describe('publicKeySet', () => {
  it('shows every key without its private part', () => {
    const { d: _private, ...publicPart } = rfcKey;
    const second = newJwk();
    const { keys } = publicKeySet(readSigningKeySet(keySet(rfcKey, second)));
    expect(keys).toEqual([publicPart, { ...second, d: undefined }]);
    expect(JSON.stringify(keys)).not.toContain('"d"');
  });

  it('gives keys that verify what the private key signed', () => {
    const keys = readSigningKeySet(generateSigningKeySet());
    const [jwk] = publicKeySet(keys).keys;
    const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const signature = sign(null, Buffer.from('ticket'), keys.signing.privateKey);
    expect(verify(null, Buffer.from('ticket'), publicKey, signature)).toBe(true);
  });
});
