import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operations } from '../../src/contract/operations.ts';
import { cookieOf, withCookie } from '../support/cookies.ts';
import { type House, openHouse } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const SESSION = '/api/admin/session';
const signIn = () => house.post(SESSION, undefined, { key: 'admin' });
const signedIn = async (more: Record<string, string> = {}) => withCookie(cookieOf(await signIn()), more);
/** A key of an operator of its own, signed in. */
const newOperator = async (partnerId: string) => {
  const partner = { partner_id: partnerId, name: partnerId, channel: 'admin' };
  await house.post('/api/admin/partners', partner, { key: 'admin' });
  const { body: made } = await house.post(
    `/api/admin/partners/${partnerId}/keys`,
    { permissions: ['admin'], label: 'front desk' },
    { key: 'admin' },
  );
  const opened = await house.send('POST', SESSION, undefined, { 'X-API-Key': made.api_key });
  return { keyId: made.key_id as string, opened, session: withCookie(cookieOf(opened)) };
};

describe('POST /api/admin/session', () => {
  it('gives a cookie that scripts cannot read and other sites cannot send', async () => {
    const answer = await signIn();
    expect(answer.status).toBe(201);
    const [pair, ...attributes] = (answer.headers.get('Set-Cookie') ?? '').split('; ');
    expect(pair).toMatch(/^allotment_operator=[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(attributes.toSorted()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/api', 'SameSite=Strict']);
    expect(Math.round((Date.parse(answer.body.expires_at) - Date.now()) / 3_600_000)).toBe(12);
    expect(answer.body).toMatchObject({ partner_id: 'demo-operator', name: 'Demo operator', label: null });
    expect(house.keys.admin).toMatch(new RegExp(`^${answer.body.key_prefix}`));
  });

  it('is not opened by a session, which would never end', async () => {
    expect((await house.post(SESSION, undefined, await signedIn())).status).toBe(401);
  });
});

describe('GET /api/admin/session', () => {
  it('tells who is signed in, and until when', async () => {
    const opened = await signIn();
    const answer = await house.get(SESSION, withCookie(cookieOf(opened)));
    expect([answer.status, answer.body]).toEqual([200, opened.body]);
  });

  it('answers 401 when nobody is', async () => {
    const answer = await house.get(SESSION, { key: null });
    expect([answer.status, answer.body.code]).toEqual([401, 'API_KEY_MISSING']);
  });

  it('tells the end of the key where that comes first', async () => {
    const { keyId, session } = await newOperator('short-shift');
    const { body } = await house.post(
      `/api/admin/keys/${keyId}/expire`,
      { expires_at: new Date(Date.now() + 3_600_000).toISOString() },
      { key: 'admin' },
    );
    expect((await house.get(SESSION, session)).body).toMatchObject({
      label: 'front desk',
      expires_at: body.expires_at,
    });
  });
});

describe('the session of an operator', () => {
  it('stands in for the key wherever `admin` is needed, and for reports', async () => {
    const session = await signedIn();
    const open = operations.filter(({ session: accepted }) => accepted === 'operator');
    const needAdmin = operations.filter(
      ({ caller, id }) => caller === 'admin' && id !== 'openOperatorSession',
    );
    expect(open.map(({ id }) => id)).toEqual(expect.arrayContaining(needAdmin.map(({ id }) => id)));
    for (const { method, path } of open) {
      const filled = path.replace(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000');
      const answer =
        method === 'post' ? await house.post(filled, {}, session) : await house[method](filled, session);
      expect([path, [401, 403].includes(answer.status)]).toEqual([path, false]);
    }
  });

  it('stands in for no key anywhere else', async () => {
    const session = await signedIn();
    const others = operations.filter(
      ({ caller, session: accepted }) => !['public', 'signature'].includes(caller) && accepted !== 'operator',
    );
    for (const { method, path } of others) {
      const filled = path.replace(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000');
      const answer =
        method === 'post' ? await house.post(filled, {}, session) : await house[method](filled, session);
      expect([path, answer.status, answer.body.code]).toEqual([path, 401, 'API_KEY_MISSING']);
    }
  });

  it('acts under the name of the key', async () => {
    const { keyId, session } = await newOperator('night-shift');
    const made = await house.post('/api/admin/venues', { venue_code: 'pier-9', name: 'Pier 9' }, session);
    expect(made.status).toBe(201);
    expect(await house.sql(`select actor, key_id from audit_log where subject = 'pier-9'`)).toEqual([
      { actor: 'night-shift', key_id: keyId },
    ]);
  });

  it.each<Record<string, string>>([
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'https://elsewhere.example' },
    { Origin: 'http://127.0.0.1:1' },
    { Origin: 'null' },
  ])('does not count in a request from elsewhere: %j', async (headers) => {
    const session = await signedIn(headers);
    expect((await house.get(SESSION, session)).status).toBe(401);
    expect((await house.post('/api/admin/partners/demo-ota/suspend', undefined, session)).status).toBe(401);
  });

  it.each([
    () => ({ 'Sec-Fetch-Site': 'same-origin', Origin: house.url }),
    () => ({ 'Sec-Fetch-Site': 'none' }),
    () => ({ Origin: house.url }),
    () => ({ Origin: house.config.publicUrl }),
  ])('counts in a request from its own page', async (headers) => {
    expect((await house.get(SESSION, await signedIn(headers()))).status).toBe(200);
  });

  it('does not count when it is cut, unsigned, a gate’s, or of another name', async () => {
    const cookie = cookieOf(await signIn());
    const [head = '', payload = ''] = cookie.split('.');
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'operator-session+jwt' })).toString(
      'base64url',
    );
    const ofGate = cookieOf(await house.post('/venue/session', undefined, { key: 'gate' }));
    const forged = [
      `${head}.${payload}.`,
      `allotment_operator=${unsigned}.${payload}.`,
      ofGate,
      ofGate.replace('allotment_gate', 'allotment_operator'),
      cookie.replace('allotment_operator', 'allotment_gate'),
    ];
    for (const one of forged) {
      expect((await house.get(SESSION, withCookie(one))).status).toBe(401);
      expect((await house.get('/venue/gate', withCookie(one))).status).toBe(one === ofGate ? 200 : 401);
    }
  });

  it('ends at once with its key, and while its partner is suspended', async () => {
    const { keyId, session } = await newOperator('day-shift');
    expect((await house.get(SESSION, session)).status).toBe(200);
    await house.post('/api/admin/partners/day-shift/suspend', undefined, { key: 'admin' });
    expect((await house.get(SESSION, session)).status).toBe(403);
    await house.post('/api/admin/partners/day-shift/resume', undefined, { key: 'admin' });
    expect((await house.get(SESSION, session)).status).toBe(200);
    await house.sql(
      `update api_keys set expires_at = clock_timestamp() - interval '1 second' where key_id = $1`,
      [keyId],
    );
    expect((await house.get(SESSION, session)).status).toBe(401);
    await house.sql(`update api_keys set expires_at = null where key_id = $1`, [keyId]);
    await house.delete(`/api/admin/keys/${keyId}`, { key: 'admin' });
    expect((await house.get(SESSION, session)).status).toBe(401);
  });

  it('is taken back by DELETE, with or without one', async () => {
    const answer = await house.delete(SESSION, { key: null });
    expect([answer.status, answer.body]).toEqual([200, { ended: true }]);
    expect(answer.headers.get('Set-Cookie')).toMatch(/^allotment_operator=; Path=\/api; Max-Age=0; HttpOnly/);
  });
});
