import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cookieOf } from '../support/cookies.ts';
import { type House, openHouse } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

describe.each([
  { path: '/venue/session', key: 'gate', other: ['an operator', 'admin'] },
  { path: '/api/admin/session', key: 'admin', other: ['a gate', 'gate'] },
] as const)('POST $path', ({ path, key, other }) => {
  it('sends the cookie over TLS alone where callers use TLS', async () => {
    const secure = await openHouse({ env: { PUBLIC_URL: 'https://tickets.example' } });
    const answer = await secure.post(path, undefined, { key });
    expect(answer.headers.get('Set-Cookie')).toMatch(/; Secure$/);
    await secure.close();
  });

  it('does not put the key into the cookie', async () => {
    const [, payload = ''] = cookieOf(await house.post(path, undefined, { key })).split('.');
    const claims = Buffer.from(payload, 'base64url').toString();
    expect(Object.keys(JSON.parse(claims) as object).toSorted()).toEqual(['exp', 'sub']);
    expect(claims).not.toContain(house.keys[key]);
  });

  it.each([
    ['no key', null, 401, 'API_KEY_MISSING'],
    ['an agency', 'ota', 403, 'PERMISSION_MISSING'],
    [...other, 403, 'PERMISSION_MISSING'],
  ] as const)('refuses %s', async (_who, refusedKey, status, code) => {
    const answer = await house.post(path, undefined, { key: refusedKey });
    expect([answer.status, answer.body.code, answer.headers.get('Set-Cookie')]).toEqual([status, code, null]);
  });
});
