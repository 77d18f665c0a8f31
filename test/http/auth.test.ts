import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { crc32 } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { createApiKey, hashApiKey } from '../../src/accept/create-key.ts';
import { operations } from '../../src/contract/operations.ts';
import { Partner } from '../../src/db/entities/partner.ts';
import { formatApiKey } from '../../src/domain/api-key.ts';
import { type Permission, permissions } from '../../src/domain/permissions.ts';
import { type House, openHouse } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const INVENTORY = '/api/ota/inventory';
const inventory = (headers: Record<string, string>) => house.get(INVENTORY, { key: null, headers });
const newKey = async (allowed: Permission[], partnerId = 'demo-ota-2') => {
  const em = house.em();
  return createApiKey(em, await em.findOneOrFail(Partner, partnerId), allowed);
};
const keyed = operations.filter(({ caller }) => caller !== 'public' && caller !== 'signature');
const addressOf = (path: string) => path.replace(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000');
const call = (method: string, path: string, headers: Record<string, string>) =>
  house.send(method.toUpperCase(), addressOf(path), undefined, headers);

describe('an API key', () => {
  it('is accepted as X-API-Key and as bearer token', async () => {
    const key = house.keys.ota;
    for (const headers of [
      { 'X-API-Key': key },
      { 'x-api-key': ` ${key} ` },
      { Authorization: `Bearer ${key}` },
      { Authorization: `bearer ${key}` },
    ]) {
      expect((await inventory(headers)).status).toBe(200);
    }
  });

  it.each([
    ['no key', {}],
    ['an empty key', { 'X-API-Key': '' }],
    ['another scheme', { Authorization: 'Basic YTpi' }],
    ['a bearer token of nothing', { Authorization: 'Bearer ' }],
  ])('is asked for when there is %s', async (_what, headers) => {
    const answer = await inventory(headers);
    expect([answer.status, answer.body.code]).toEqual([401, 'API_KEY_MISSING']);
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
  });

  it('is refused when it is malformed, mistyped or unknown', async () => {
    const known = house.keys.ota;
    const mistyped = `${known.slice(0, 20)}${known[20] === 'a' ? 'b' : 'a'}${known.slice(21)}`;
    const unknown = formatApiKey(randomBytes(32), crc32);
    const others = [
      'no-key',
      known.toUpperCase(),
      known.slice(0, -1),
      `${known}a`,
      'x'.repeat(5_000),
      'schl\u00FCssel',
    ];
    for (const key of [mistyped, unknown, ...others]) {
      const answer = await inventory({ 'X-API-Key': key });
      expect([answer.status, answer.body.code]).toEqual([401, 'API_KEY_INVALID']);
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
      expect(answer.text).not.toContain(key);
    }
  });

  it('is refused once it is revoked or expired, and looks like an unknown one', async () => {
    const unknown = await inventory({ 'X-API-Key': formatApiKey(randomBytes(32), crc32) });
    for (const change of [
      'revoked_at = clock_timestamp()',
      `expires_at = clock_timestamp() - interval '1 second'`,
    ]) {
      const key = await newKey(['inventory:read']);
      expect((await inventory({ 'X-API-Key': key })).status).toBe(200);
      await house.sql(`update api_keys set ${change} where key_hash = $1`, [hashApiKey(key)]);
      const answer = await inventory({ 'X-API-Key': key });
      expect([answer.status, answer.body.code]).toEqual([401, 'API_KEY_INVALID']);
      expect(answer.body.detail).toBe(unknown.body.detail);
    }
  });

  it('lives beside others of its partner, so that keys rotate', async () => {
    const next = await newKey(['inventory:read'], 'demo-ota');
    expect((await inventory({ 'X-API-Key': next })).status).toBe(200);
    expect((await inventory({ 'X-API-Key': house.keys.ota })).status).toBe(200);
    await house.sql(
      `update api_keys set expires_at = clock_timestamp() + interval '1 hour' where key_hash = $1`,
      [hashApiKey(next)],
    );
    expect((await inventory({ 'X-API-Key': next })).status).toBe(200);
  });

  it('is stored as a hash only', async () => {
    const dump = JSON.stringify(await house.sql(`select * from api_keys`));
    for (const key of Object.values(house.keys)) expect(dump).not.toContain(key.slice(20));
  });
});

describe('every operation that needs a key', () => {
  it.each(keyed.map(({ method, path }) => [method, path]))(
    'answers 401 to %s %s without one',
    async (method, path) => {
      const answer = await call(method, path, {});
      expect([answer.status, answer.body.code]).toEqual([401, 'API_KEY_MISSING']);
      expect(answer.headers.get('WWW-Authenticate')).not.toBeNull();
    },
  );

  it.each(keyed.map(({ method, path, caller }) => [method, path, caller]))(
    'answers 403 to %s %s without the permission %s',
    async (method, path, needed) => {
      const allOthers = permissions.filter((permission) => permission !== needed);
      const key = await newKey(allOthers);
      const answer = await call(method, path, { 'X-API-Key': key });
      expect([answer.status, answer.body.code]).toEqual([403, 'PERMISSION_MISSING']);
      expect(answer.body.detail).toContain(needed);
    },
  );

  it.each(keyed.map(({ method, path, caller }) => [method, path, caller]))(
    'lets %s %s pass with %s alone',
    async (method, path, needed) => {
      const key = await newKey([needed as Permission]);
      const answer = await call(method, path, { 'X-API-Key': key });
      expect([401, 403]).not.toContain(answer.status);
    },
  );

  it('answers 403 to a suspended partner, also with a sound key', async () => {
    await house.sql(`update partners set status = 'suspended' where partner_id = 'demo-ota-2'`);
    for (const { method, path } of keyed) {
      const answer = await call(method, path, { 'X-API-Key': house.keys.ota_2 });
      expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'PARTNER_SUSPENDED']);
    }
    await house.sql(`update partners set status = 'active' where partner_id = 'demo-ota-2'`);
    expect((await house.get(INVENTORY, { key: 'ota_2' })).status).toBe(200);
  });
});
