import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { operations } from '../../src/contract/operations.ts';
import { cookieOf, withCookie } from '../support/cookies.ts';
import { type House, openHouse } from '../support/house.ts';
import { badFields, sold, type SoldTicket, takeUnused } from '../support/sale.ts';
import { soldTestTicket } from '../support/test-partner.ts';

let house: House;
let unused: SoldTicket[];
beforeAll(async () => {
  house = await openHouse({ worker: true });
  unused = (await sold(house, 8)).tickets;
});
afterAll(() => house.close());

const newTicket = () => takeUnused(unused);
const signIn = () => house.post('/venue/session', undefined, { key: 'gate' });
const scanOf = (ticket: SoldTicket) => ({
  qr: ticket.qr_code,
  function_code: 'ferry',
  scan_id: randomUUID(),
});

describe('POST /venue/session', () => {
  it('gives a cookie that scripts cannot read and other sites cannot send', async () => {
    const answer = await signIn();
    expect(answer.status).toBe(201);
    const [pair, ...attributes] = (answer.headers.get('Set-Cookie') ?? '').split('; ');
    expect(pair).toMatch(/^allotment_gate=[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(attributes.toSorted()).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/venue', 'SameSite=Strict']);
    const days = (Date.parse(answer.body.expires_at) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
  });
});

describe('the session of a gate', () => {
  it('stands in for the key at a scan, under the key’s own name', async () => {
    const session = withCookie(cookieOf(await signIn()));
    const ticket = newTicket();
    const answer = await house.post('/venue/scan', scanOf(ticket), session);
    expect([answer.status, answer.body.remaining]).toEqual([200, 0]);
    expect(
      await house.sql('select partner_id from redemptions where ticket_code = $1', [ticket.ticket_code]),
    ).toEqual([{ partner_id: 'demo-gate' }]);
  });

  it('stands in for no key but at the gate', async () => {
    const session = withCookie(cookieOf(await signIn()));
    const others = operations.filter(
      ({ caller, session }) => !['public', 'signature'].includes(caller) && session !== 'gate',
    );
    for (const { method, path } of others) {
      const filled = path.replace(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000');
      const answer =
        method === 'post' ? await house.post(filled, {}, session) : await house[method](filled, session);
      expect([path, answer.status, answer.body.code]).toEqual([path, 401, 'API_KEY_MISSING']);
    }
  });

  it.each(['cross-site', 'same-site'])('does not count in a request that is %s', async (from) => {
    const session = withCookie(cookieOf(await signIn()), { 'Sec-Fetch-Site': from });
    expect((await house.get('/venue/gate', session)).status).toBe(401);
  });

  it('does not count when it is changed, cut, or signed as a ticket', async () => {
    const cookie = cookieOf(await signIn());
    const [head = '', payload = '', signature = ''] = cookie.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number };
    const longer = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 })).toString('base64url');
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'gate-session+jwt' })).toString(
      'base64url',
    );
    const forged = [
      `${head}.${longer}.${signature}`,
      `${head}.${payload}.`,
      `allotment_gate=${unsigned}.${payload}.`,
      `allotment_gate=${newTicket().qr_code}`,
      'allotment_gate=',
    ];
    for (const one of forged) expect((await house.get('/venue/gate', withCookie(one))).status).toBe(401);
  });

  it('ends with its key, at once', async () => {
    const { body: made } = await house.post(
      '/api/admin/partners/demo-gate/keys',
      { permissions: ['tickets:redeem'] },
      { key: 'admin' },
    );
    const opened = await house.send('POST', '/venue/session', undefined, { 'X-API-Key': made.api_key });
    const session = withCookie(cookieOf(opened));
    expect((await house.get('/venue/gate', session)).status).toBe(200);
    await house.delete(`/api/admin/keys/${made.key_id}`, { key: 'admin' });
    expect((await house.get('/venue/gate', session)).status).toBe(401);
  });

  it('is taken back by DELETE, with or without one', async () => {
    const answer = await house.delete('/venue/session', { key: null });
    expect([answer.status, answer.body]).toEqual([200, { ended: true }]);
    expect(answer.headers.get('Set-Cookie')).toMatch(/^allotment_gate=; Path=\/venue; Max-Age=0; HttpOnly/);
  });
});

describe('GET /venue/gate', () => {
  it('tells the venues, and the functions of all products, each once', async () => {
    await house.post('/api/admin/venues', { venue_code: 'pier-1', name: 'Pier 1' }, { key: 'admin' });
    await house.post('/api/admin/venues', { venue_code: 'pier-2', name: 'Pier 2' }, { key: 'admin' });
    const { status, body } = await house.get('/venue/gate', { key: 'gate' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'Demo gate',
      venue_code: null,
      venues: [
        { venue_code: 'pier-1', name: 'Pier 1' },
        { venue_code: 'pier-2', name: 'Pier 2' },
      ],
    });
    const codes = body.functions.map(({ function_code }: { function_code: string }) => function_code);
    expect(codes.toSorted()).toEqual([
      'ferry',
      'monchhichi_gift',
      'pet_ferry',
      'pet_playground',
      'playground_tokens',
      'tea_set',
      'vip_ferry',
    ]);
    expect(Math.abs(Date.parse(body.as_of) - Date.now())).toBeLessThan(60_000);
  });

  it('tells a key of one venue of no other', async () => {
    const { body: made } = await house.post(
      '/api/admin/partners/demo-gate/keys',
      { permissions: ['tickets:redeem'], scope: { venue_code: 'pier-2' } },
      { key: 'admin' },
    );
    const { body } = await house.send('GET', '/venue/gate', undefined, { 'X-API-Key': made.api_key });
    expect([body.venue_code, body.venues]).toEqual(['pier-2', [{ venue_code: 'pier-2', name: 'Pier 2' }]]);
  });

  it('refuses who may not redeem', async () => {
    expect((await house.get('/venue/gate', { key: 'ota' })).status).toBe(403);
    expect((await house.get('/venue/gate', { key: null })).status).toBe(401);
  });
});

describe('GET /venue/revocations', () => {
  const list = (query = '') => house.get(`/venue/revocations${query}`, { key: 'gate' });
  /** All pages, one code each. */
  const all = async (since?: string): Promise<string[]> => {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: '1', ...(since && { since }), ...(cursor && { cursor }) });
      const { status, body } = await list(`?${query}`);
      expect(status).toBe(200);
      found.push(...(body.items as string[]));
      cursor = body.next_cursor;
    } while (cursor !== null);
    return found;
  };

  it('names the tickets of a cancelled order and those of the sandbox, and no others', async () => {
    expect(await all()).toEqual([]);
    const cancelled = await sold(house, 3);
    const codes = cancelled.tickets.map(({ ticket_code }) => ticket_code).toSorted();
    await house.post(`/api/ota/orders/${cancelled.orderId}/cancel`, { reason: 'rain' });
    const ofSandbox = await soldTestTicket(house);
    expect(await all()).toEqual([...codes, ofSandbox.ticket_code]);
    expect((await list()).body.items).toEqual([...codes, ofSandbox.ticket_code]);
  });

  it('names what was revoked since the last time, with a minute’s overlap', async () => {
    const known = await all();
    await house.sql(`update refunds set created_at = created_at - interval '1 hour'`);
    const { body: before } = await list();
    expect(Date.now() - Date.parse(before.as_of)).toBeGreaterThan(50_000);
    const cancelled = await sold(house, 1);
    await house.post(`/api/ota/orders/${cancelled.orderId}/cancel`, { reason: 'rain' });
    const news = await all(before.as_of);
    expect(news).toContain(cancelled.tickets[0]?.ticket_code);
    expect(news.filter((code) => known.slice(0, 3).includes(code))).toEqual([]);
    expect((await all()).toSorted()).toEqual([...known, cancelled.tickets[0]?.ticket_code].toSorted());
  });

  it('names no other partner’s tickets to a key that is limited to one partner’s', async () => {
    const codesFor = async (partnerId: string) => {
      const { body: made } = await house.post(
        '/api/admin/partners/demo-gate/keys',
        { permissions: ['tickets:redeem'], scope: { partner_id: partnerId } },
        { key: 'admin' },
      );
      const answer = await house.send('GET', '/venue/revocations', undefined, { 'X-API-Key': made.api_key });
      return answer.body.items as string[];
    };
    const everybodys = (await list()).body.items as string[];
    const owners = await house.sql<{ ticket_code: string; partner_id: string }>(
      'select ticket_code, partner_id from tickets join orders using (order_id)',
    );
    const ofAgency = owners.filter(({ partner_id: owner }) => owner === 'demo-ota');
    const wanted = everybodys.filter((code) => ofAgency.some(({ ticket_code }) => ticket_code === code));
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.length).toBeLessThan(everybodys.length);
    expect(await codesFor('demo-ota')).toEqual(wanted);
    expect(await codesFor('demo-shop')).toEqual([]);
  });

  it('refuses who may not redeem, and what is no cursor of it', async () => {
    expect((await house.get('/venue/revocations', { key: 'ota' })).status).toBe(403);
    const cursor = (position: string) => Buffer.from(`after:${position}`).toString('base64url');
    const wrong = await list(`?cursor=${cursor('yesterday')}&since=x&limit=0`);
    expect([wrong.status, badFields(wrong)]).toEqual([422, ['cursor', 'limit', 'since']]);
    for (const day of ['2030-02-31T00:00:00', '0000-01-01T00:00:00', '2030-01-01T24:00:00']) {
      const never = await list(`?cursor=${cursor(`${day}.000000Z/${'A'.repeat(26)}`)}`);
      expect([day, never.status, badFields(never)]).toEqual([day, 422, ['cursor']]);
    }
  });
});

it('leaves all accounts in agreement', async () => {
  expect(await house.disagreements()).toEqual([]);
});
