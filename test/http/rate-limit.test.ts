import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createApiKey } from '../../src/accept/create-key.ts';
import { Partner } from '../../src/db/entities/partner.ts';
import { createLog } from '../../src/log.ts';
import { runApi } from '../../src/run-api.ts';
import { type Answer, type House, openHouse } from '../support/house.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse({ env: { ALLOTMENT_RATE_LIMIT_PER_MINUTE: '5' } });
});
afterEach(() => house.close());

const inventory = (key: 'ota' | 'ota_2' = 'ota') => house.get('/api/ota/inventory?product_ids=106', { key });
const limitsOf = ({ headers }: Answer) => [headers.get('RateLimit-Policy'), headers.get('RateLimit')];

describe('the limit of a partner', () => {
  it('is told by every answer, and refuses the sixth request of a minute', async () => {
    for (const left of [4, 3, 2, 1, 0]) {
      const answer = await inventory();
      expect(answer.status).toBe(200);
      expect(limitsOf(answer)).toEqual([
        '"partner";q=5;w=60',
        expect.stringMatching(new RegExp(`^"partner";r=${left};t=\\d+$`)),
      ]);
    }
    const sixth = await inventory();
    expect([sixth.status, sixth.body.code]).toEqual([429, 'RATE_LIMITED']);
    expect(limitsOf(sixth)[1]).toMatch(/^"partner";r=0;t=\d+$/);
    const seconds = Number(sixth.headers.get('Retry-After'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
  });

  it('is told by refusals too, which count as requests', async () => {
    const refusals = [
      await house.post('/api/ota/reserve', { product_id: 106, quantity: 0 }),
      await house.post('/api/ota/reserve', { product_id: 106, quantity: 2001 }),
      await house.send('POST', '/api/ota/reserve', '[', {
        'X-API-Key': house.keys.ota,
        'Content-Type': 'application/json',
      }),
      await house.get('/api/ota/reservations/x'),
      await house.send('POST', '/api/ota/reserve', 'a', { 'X-API-Key': house.keys.ota }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([422, 409, 400, 404, 415]);
    for (const answer of refusals) expect(limitsOf(answer)[0]).toBe('"partner";q=5;w=60');
    expect((await inventory()).status).toBe(429);
  });

  it('is told by answers to callers without a sound key, by their address', async () => {
    const answers = [
      await house.get('/api/ota/inventory', { key: null }),
      await house.get('/api/ota/inventory', { key: null, headers: { 'X-API-Key': 'x' } }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(limitsOf(answer)[0]).toBe('"address";q=600;w=60');
    }
  });

  it('is shared by all keys of the partner, and by no other partner', async () => {
    const em = house.em();
    const second = await createApiKey(em, await em.findOneOrFail(Partner, 'demo-ota'), ['inventory:read']);
    for (let request = 1; request <= 5; request += 1) {
      const headers = request % 2 === 0 ? { 'X-API-Key': second } : { 'X-API-Key': house.keys.ota };
      const answer = await house.get('/api/ota/inventory', { key: null, headers });
      expect(answer.status).toBe(200);
    }
    expect(
      (await house.get('/api/ota/inventory', { key: null, headers: { 'X-API-Key': second } })).status,
    ).toBe(429);
    expect((await inventory()).status).toBe(429);
    expect((await inventory('ota_2')).status).toBe(200);
  });

  it('is shared by all API processes', async () => {
    const other = await runApi(house.config, createLog('test', 'silent'));
    try {
      const urls = [house.url, `http://127.0.0.1:${other.port}`];
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          fetch(`${urls[index % 2]}/api/ota/inventory`, { headers: { 'X-API-Key': house.keys.ota } }),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    } finally {
      await other.close();
    }
  });

  it('can be set for one partner', async () => {
    await house.sql(`update partners set rate_limits = '{"per_minute": 2}' where partner_id = 'demo-ota-2'`);
    expect(limitsOf(await inventory('ota_2'))[0]).toBe('"partner";q=2;w=60');
    expect((await inventory('ota_2')).status).toBe(200);
    expect((await inventory('ota_2')).status).toBe(429);
    expect((await inventory('ota')).status).toBe(200);
  });

  it('can be lowered for one key, never raised', async () => {
    await house.sql(`update api_keys set rate_limits = '{"per_minute": 1}' where partner_id = 'demo-ota'`);
    await house.sql(
      `update api_keys set rate_limits = '{"per_minute": 1000}' where partner_id = 'demo-ota-2'`,
    );
    expect([(await inventory('ota')).status, (await inventory('ota')).status]).toEqual([200, 429]);
    expect(limitsOf(await inventory('ota_2'))[0]).toBe('"partner";q=5;w=60');
  });
});

describe('the other limits', () => {
  it('leave public routes, scans and service routes alone', async () => {
    for (let request = 1; request <= 8; request += 1) {
      expect((await house.get('/catalog', { key: null })).status).toBe(200);
      expect((await house.get('/healthz', { key: null })).status).toBe(200);
      const scan = await house.post(
        '/venue/scan',
        { qr: 'x', function_code: 'ferry', scan_id: `s${request}` },
        { key: 'gate' },
      );
      expect([scan.status, scan.headers.get('RateLimit-Policy')]).toEqual([422, '"gate";q=6000;w=60']);
    }
    expect((await house.get('/catalog', { key: null })).headers.get('RateLimit-Policy')).toBe(
      '"address";q=600;w=60',
    );
  });

  it('are raised to that of partners where it is higher', async () => {
    const generous = await openHouse({ env: { ALLOTMENT_RATE_LIMIT_PER_MINUTE: '7000' } });
    try {
      const catalog = await generous.get('/catalog', { key: null });
      expect(catalog.headers.get('RateLimit-Policy')).toBe('"address";q=7000;w=60');
      const scan = await generous.post('/venue/scan', {}, { key: 'gate' });
      expect(scan.headers.get('RateLimit-Policy')).toBe('"gate";q=7000;w=60');
    } finally {
      await generous.close();
    }
  });
});

describe('the limit of an address', () => {
  const guess = (headers: Record<string, string> = {}) =>
    house.get('/api/ota/inventory', { key: null, headers: { 'X-API-Key': 'alt_live_guessed', ...headers } });
  const spend = (address: string) =>
    house.sql(
      `insert into rate_limits (key, points, expire)
       values ($1, 600, (extract(epoch from clock_timestamp()) * 1000)::bigint + 60000)`,
      [`address:${address}`],
    );

  it('refuses the next guess at a key, and leaves sound keys of that address alone', async () => {
    await spend('127.0.0.1');
    const refused = await guess();
    expect([refused.status, refused.body.code]).toEqual([429, 'RATE_LIMITED']);
    expect((await house.get('/catalog', { key: null })).status).toBe(429);
    expect((await inventory()).status).toBe(200);
  });

  it('cannot be escaped by a made-up X-Forwarded-For', async () => {
    await spend('127.0.0.1');
    expect((await guess({ 'X-Forwarded-For': '203.0.113.9' })).status).toBe(429);
  });

  it('is of the address that the proxy adds, whatever the caller has put before it', async () => {
    const api = await runApi({ ...house.config, trustProxy: true }, createLog('test', 'silent'));
    await spend('203.0.113.7');
    const statusFor = async (forwarded: string) =>
      (await fetch(`http://127.0.0.1:${api.port}/catalog`, { headers: { 'X-Forwarded-For': forwarded } }))
        .status;
    const spent = [await statusFor('203.0.113.7'), await statusFor('198.51.100.1, 203.0.113.7')];
    const fresh = await statusFor('203.0.113.7, 198.51.100.1');
    await api.close();
    expect([...spent, fresh]).toEqual([429, 429, 200]);
  });
});
