import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type House, openHouse } from '../support/house.ts';
import { badFields, ordered, reserved, type SoldTicket, sold } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: true });
});
afterAll(() => house.close());

const admin = { key: 'admin' } as const;
const post = (path: string, body?: object) => house.post(`/api/admin${path}`, body, admin);
const get = (path: string) => house.get(`/api/admin${path}`, admin);
const remove = (path: string) => house.delete(`/api/admin${path}`, admin);
const newKey = async (partnerId: string, body: object) => {
  const answer = await post(`/partners/${partnerId}/keys`, body);
  expect([answer.status, answer.body.errors]).toEqual([201, undefined]);
  return answer.body as { key_id: string; api_key: string };
};
const ask = async (apiKey: string) =>
  (await house.get('/api/ota/inventory', { key: null, headers: { 'X-API-Key': apiKey } })).status;
const reading = { permissions: ['inventory:read'] };
const audit = (action: string) =>
  house.sql(`select actor, subject from audit_log where action = $1`, [action]);

describe('partners', () => {
  it('are created once, read, changed, and listed a page at a time', async () => {
    const partner = { partner_id: 'trip', name: 'Trip', channel: 'ota-trip' };
    const created = await post('/partners', partner);
    expect([created.status, created.headers.get('Location')]).toEqual([201, '/api/admin/partners/trip']);
    expect(created.body).toEqual({
      ...partner,
      mode: 'live',
      status: 'active',
      per_minute: null,
      payment_secrets: 0,
      created_at: expect.any(String),
    });
    expect((await post('/partners', partner)).body.code).toBe('ALREADY_EXISTS');
    const changed = await post('/partners/trip', { name: 'Trip.com', per_minute: 250 });
    expect(changed.body).toEqual({ ...created.body, name: 'Trip.com', per_minute: 250 });
    expect((await post('/partners/trip', { per_minute: null })).body.per_minute).toBeNull();
    expect((await get('/partners/trip')).body).toMatchObject({ name: 'Trip.com', channel: 'ota-trip' });

    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await get(`/partners?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ partner_id }: { partner_id: string }) => partner_id));
      if (body.next_cursor === null) break;
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(['demo-gate', 'demo-operator', 'demo-ota', 'demo-ota-2', 'demo-shop', 'trip']);
    expect(await audit('create_partner')).toEqual([{ actor: 'demo-operator', subject: 'trip' }]);
  });

  it('answer 422 naming each bad field, and 404 where there is none', async () => {
    const answer = await post('/partners', { partner_id: 'No Good', name: ' ', channel: 'X', per_minute: 0 });
    expect([answer.status, badFields(answer)]).toEqual([
      422,
      ['channel', 'name', 'partner_id', 'per_minute'],
    ]);
    for (const path of ['/partners/nobody', '/partners/%00', '/partners/nobody/keys']) {
      expect((await get(path)).status).toBe(404);
    }
    const taken = await post('/partners', { partner_id: 'cli', name: 'x', channel: 'ota' });
    expect([taken.status, badFields(taken)]).toEqual([422, ['partner_id']]);
    expect((await post('/partners/nobody', { name: 'x' })).status).toBe(404);
    expect((await post('/partners/nobody/suspend')).status).toBe(404);
  });

  it('are refused at once when suspended, and admitted again', async () => {
    const { api_key } = await newKey('trip', reading);
    expect(await ask(api_key)).toBe(200);
    expect((await post('/partners/trip/suspend')).body.status).toBe('suspended');
    expect(await ask(api_key)).toBe(403);
    expect((await post('/partners/trip/resume')).body.status).toBe('active');
    expect(await ask(api_key)).toBe(200);
    expect(await audit('suspend_partner')).toHaveLength(1);
  });

  it('keep their holds on the channel they were taken from when they move to another', async () => {
    const reservationId = await reserved(house, 4, 108);
    await post('/partners/demo-ota', { channel: 'ota-own' });
    await ordered(house, reservationId, 2);
    expect((await house.delete(`/api/ota/reservations/${reservationId}`)).status).toBe(200);
    expect((await house.post('/api/ota/reserve', { product_id: 108, quantity: 1 })).status).toBe(409);
    await post('/partners/demo-ota', { channel: 'ota' });
    expect(await house.disagreements()).toEqual([]);
  });
});

describe('keys', () => {
  it('show their secret once, and never again', async () => {
    const answer = await post('/partners/trip/keys', { ...reading, label: 'booking engine', per_minute: 10 });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const { api_key, ...key } = answer.body;
    expect(key).toMatchObject({
      partner_id: 'trip',
      permissions: ['inventory:read'],
      label: 'booking engine',
      per_minute: 10,
      scope: {},
      status: 'live',
      expires_at: null,
      replaced_by: null,
    });
    const { text, body } = await get('/partners/trip/keys');
    expect(body.items[0]).toEqual(key);
    expect(text).not.toContain(api_key);
    expect(JSON.stringify(await house.sql('select * from audit_log'))).not.toContain(api_key);
    const limited = await house.get('/api/ota/inventory', { key: null, headers: { 'X-API-Key': api_key } });
    expect(limited.headers.get('RateLimit-Policy')).toContain('q=10;');
  });

  it('answer 422 naming each bad field', async () => {
    const answer = await post('/partners/trip/keys', {
      permissions: ['inventory:read', 'all'],
      label: '',
      per_minute: 0,
      expires_at: 'tomorrow',
      scope: { venue_code: 'a b', partner: 'x' },
    });
    expect(badFields(answer)).toEqual([
      'expires_at',
      'label',
      'per_minute',
      'permissions.1',
      'scope.partner',
      'scope.venue_code',
    ]);
    const past = await post('/partners/trip/keys', { ...reading, expires_at: '2020-01-01T00:00:00Z' });
    expect([past.status, badFields(past)]).toEqual([422, ['expires_at']]);
    const wide = await post('/partners/trip/keys', {
      permissions: ['tickets:redeem', 'admin'],
      scope: { venue_code: 'nowhere', partner_id: 'nobody' },
    });
    expect(badFields(wide)).toEqual(['scope', 'scope.partner_id', 'scope.venue_code']);
    const both = await post('/partners/trip/keys', {
      permissions: ['bogus', { toString: 1 }],
      per_minute: -1,
      expires_at: '2020-01-01T00:00:00Z',
      scope: { venue_code: 'nowhere', partner_id: 'nobody' },
    });
    expect(badFields(both)).toEqual([
      'expires_at',
      'per_minute',
      'permissions.0',
      'permissions.1',
      'scope',
      'scope.partner_id',
      'scope.venue_code',
    ]);
  });

  it('are refused at once when revoked', async () => {
    const { key_id, api_key } = await newKey('trip', reading);
    expect(await ask(api_key)).toBe(200);
    const revoked = await remove(`/keys/${key_id}`);
    expect(revoked.body.status).toBe('revoked');
    expect(await ask(api_key)).toBe(401);
    expect((await remove(`/keys/${key_id}`)).body).toEqual(revoked.body);
    expect(await audit('revoke_key')).toHaveLength(1);
    expect((await post(`/keys/${key_id}/rotate`, {})).body.code).toBe('KEY_ENDED');
    expect((await post(`/keys/${key_id}/expire`, { expires_at: null })).body.code).toBe('KEY_ENDED');
    expect((await remove(`/keys/${randomUUID()}`)).status).toBe(404);
    expect((await remove('/keys/x')).status).toBe(404);
  });

  it('end when they expire', async () => {
    const soon = new Date(Date.now() + 1_500).toISOString();
    const { key_id, api_key } = await newKey('trip', { ...reading, expires_at: soon });
    expect(await ask(api_key)).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect(await ask(api_key)).toBe(401);
    const { body } = await get('/partners/trip/keys?limit=1');
    expect(body.items[0]).toMatchObject({ key_id, status: 'expired' });
    expect((await post(`/keys/${key_id}/rotate`, {})).body.code).toBe('KEY_ENDED');

    const other = await newKey('trip', reading);
    expect((await post(`/keys/${other.key_id}/expire`, { expires_at: soon })).status).toBe(422);
    const both = await post(`/keys/${other.key_id}/expire`, { expires_at: soon, at: 1 });
    expect(badFields(both)).toEqual(['at', 'expires_at']);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    expect((await post(`/keys/${other.key_id}/expire`, { expires_at: later })).body.expires_at).toBe(later);
  });

  it('rotate once, of 10 that try: the new one is like the old one, which lives on for the grace', async () => {
    const ends = new Date(Date.now() + 86_400_000).toISOString();
    const old = await newKey('trip', { ...reading, label: 'robot', expires_at: ends });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(`/keys/${old.key_id}/rotate`, { grace_seconds: 1 })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'KEY_ENDED')).toHaveLength(9);
    const next = made[0]?.body;
    expect(next).toMatchObject({ label: 'robot', permissions: ['inventory:read'], expires_at: ends });
    expect(await ask(next.api_key)).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect([await ask(old.api_key), await ask(next.api_key)]).toEqual([401, 200]);
    const { body } = await get('/partners/trip/keys');
    const listed = body.items.find(({ key_id }: { key_id: string }) => key_id === old.key_id);
    expect(listed).toMatchObject({ status: 'expired', replaced_by: next.key_id });
  });
});

describe('venues and scopes', () => {
  let tickets: SoldTicket[];
  beforeAll(async () => {
    tickets = (await sold(house, 6)).tickets;
  });
  const scan = (apiKey: string, ticket: SoldTicket | undefined, more: object = {}) =>
    house.post(
      '/venue/scan',
      { qr: ticket?.qr_code ?? '', function_code: 'playground_tokens', scan_id: randomUUID(), ...more },
      { key: null, headers: { 'X-API-Key': apiKey } },
    );
  const gate = { permissions: ['tickets:redeem'] };

  it('let every venue_code pass while none is on record', async () => {
    expect((await scan(house.keys.gate, tickets[0], { venue_code: 'anywhere' })).status).toBe(200);
  });

  it('are added once and listed; then a scan may name no other', async () => {
    const added = await post('/venues', { venue_code: 'pier-1', name: 'Pier 1' });
    expect([added.status, added.body.venue_code]).toEqual([201, 'pier-1']);
    expect((await post('/venues', { venue_code: 'pier-1', name: 'x' })).body.code).toBe('ALREADY_EXISTS');
    await post('/venues', { venue_code: 'pier-2', name: 'Pier 2' });
    expect((await get('/venues')).body.items.map((venue: { name: string }) => venue.name)).toEqual([
      'Pier 1',
      'Pier 2',
    ]);
    const unknown = await scan(house.keys.gate, tickets[0], { venue_code: 'anywhere' });
    expect([unknown.status, badFields(unknown)]).toEqual([422, ['venue_code']]);
    expect((await scan(house.keys.gate, tickets[0], { venue_code: 'pier-2' })).status).toBe(200);
    expect((await scan(house.keys.gate, tickets[0])).status).toBe(200);
  });

  it('limit a key to its venue, which is filled in where the scan names none', async () => {
    const { key_id, api_key } = await newKey('demo-gate', { ...gate, scope: { venue_code: 'pier-1' } });
    const elsewhere = await scan(api_key, tickets[1], { venue_code: 'pier-2' });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([403, 'PERMISSION_MISSING']);
    expect(elsewhere.body.detail).toContain('pier-1');
    expect((await scan(api_key, tickets[1])).status).toBe(200);
    expect((await scan(api_key, tickets[1], { venue_code: 'pier-1' })).status).toBe(200);
    expect(
      await house.sql('select venue_code from redemptions where ticket_code = $1', [tickets[1]?.ticket_code]),
    ).toEqual([{ venue_code: 'pier-1' }, { venue_code: 'pier-1' }]);

    const used = await remove('/venues/pier-1');
    expect([used.status, used.body.code, used.body.key_ids]).toEqual([409, 'VENUE_IN_USE', [key_id]]);
    await remove(`/keys/${key_id}`);
    expect((await remove('/venues/pier-1')).status).toBe(200);
    expect((await remove('/venues/pier-1')).status).toBe(404);
  });

  it("limit a key to a partner's tickets: others look like unknown ones", async () => {
    const own = await newKey('demo-gate', { ...gate, scope: { partner_id: 'demo-ota' } });
    const other = await newKey('demo-gate', { ...gate, scope: { partner_id: 'demo-ota-2' } });
    const scanId = randomUUID();
    expect((await scan(own.api_key, tickets[2], { scan_id: scanId })).status).toBe(200);
    const rotating = (await house.post(`/qr/${tickets[2]?.ticket_code}`, undefined, { key: null })).body.qr;
    for (const more of [{}, { scan_id: scanId }, { qr: rotating }, { function_code: 'tea_set' }]) {
      const foreign = await scan(other.api_key, tickets[2], more);
      expect([foreign.status, foreign.body.code]).toEqual([422, 'TOKEN_INVALID']);
      expect(foreign.body.detail).toBe('No such ticket was issued here.');
    }
    const { body } = await house.get(`/tickets/${tickets[2]?.ticket_code}`, { key: null });
    const tokens = (body as SoldTicket).entitlements.find((one) => one.function_code === 'playground_tokens');
    expect(tokens?.remaining).toBe(9);
    expect(await house.disagreements()).toEqual([]);
  });
});

describe('POST /api/admin/customers/erase', () => {
  const erase = (body: object) => post('/customers/erase', body);
  const customerOf = async (orderId: string) =>
    (await house.get(`/api/ota/orders/${orderId}`)).body.customer_details;

  it('erases one order, and every order with an address, and counts them', async () => {
    const sale = await sold(house, 1);
    const reservationId = await reserved(house, 3);
    const orders = [await ordered(house, reservationId, 1), await ordered(house, reservationId, 1)];
    expect(await customerOf(sale.orderId)).not.toBeNull();
    expect((await erase({ order_id: sale.orderId })).body).toEqual({ orders_erased: 1 });
    expect(await customerOf(sale.orderId)).toBeNull();
    expect((await erase({ order_id: sale.orderId })).body).toEqual({ orders_erased: 0 });

    const answer = await erase({ email: 'Guest@Example.COM' });
    expect(answer.body.orders_erased).toBeGreaterThanOrEqual(2);
    for (const { order_id: orderId } of orders) expect(await customerOf(orderId)).toBeNull();
    const everywhere = JSON.stringify([
      await house.sql('select * from orders'),
      await house.sql('select * from audit_log'),
      await house.sql('select * from idempotent_answers'),
      await house.sql('select * from workflow_commands'),
    ]);
    expect(everywhere).not.toMatch(/guest@example\.com|Tai Man/i);
    expect(await audit('erase_customer')).toContainEqual({ actor: 'demo-operator', subject: sale.orderId });
    expect((await house.get(`/api/ota/orders/${sale.orderId}/tickets`)).status).toBe(200);
    expect(await house.disagreements()).toEqual([]);
  });

  it('answers 404 to an unknown order, and 422 to neither or both', async () => {
    expect((await erase({ order_id: randomUUID() })).status).toBe(404);
    expect((await erase({ order_id: 'x' })).status).toBe(404);
    expect((await erase({})).status).toBe(422);
    expect((await erase({ order_id: randomUUID(), email: 'a@b.de' })).status).toBe(422);
    expect(badFields(await erase({ email: 'no address' }))).toEqual(['email']);
  });
});
