import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createApiKey, newApiKey } from '../../src/accept/create-key.ts';
import { Partner } from '../../src/db/entities/partner.ts';
import type { Permission } from '../../src/domain/permissions.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { one, openRuns, pool, type Runs } from '../support/runs.ts';
import { badFields, breakdown, customer, reserved, SATURDAY, type SoldTicket } from '../support/sale.ts';
import { testKeyOf } from '../support/test-partner.ts';

const AGENCY: Permission[] = [
  'inventory:read',
  'reservations:write',
  'orders:write',
  'tickets:read',
  'reports:read',
];

let house: House;
let runs: Runs;
let test: string;
let otherTest: string;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  runs = openRuns();
  test = await testKeyOf(house, 'sandbox-1', AGENCY);
  otherTest = await testKeyOf(house, 'sandbox-2', AGENCY);
});
afterAll(async () => {
  await runs.close();
  await house.close();
});

const as = (key: string, headers: Record<string, string> = {}) => ({
  key: null,
  headers: { 'X-API-Key': key, ...headers },
});
async function held(quantity = 2, key = test): Promise<string> {
  const answer = await house.post('/api/ota/reserve', { product_id: 106, quantity }, as(key));
  expect(answer.status).toBe(201);
  return answer.body.reservation_id;
}
async function soldInSandbox(adults: number): Promise<{ orderId: string; tickets: SoldTicket[] }> {
  const { body: order } = await house.post(
    '/api/ota/orders',
    {
      reservation_id: await held(adults),
      customer_details: customer,
      pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(adults) },
    },
    as(test),
  );
  const { body } = await house.post(
    '/api/ota/activate',
    { order_id: order.order_id, payment_reference: `p-${order.order_id}` },
    as(test),
  );
  return { orderId: order.order_id, tickets: body.tickets };
}
const advance = (id: string, seconds: unknown, key = test, headers: Record<string, string> = {}) =>
  house.post(`/api/ota/sandbox/reservations/${id}/advance`, { seconds }, as(key, headers));
const statusOf = async (id: string) =>
  (
    await one<{ status: string }>(
      house,
      'select status from channel_reservations where reservation_id = $1',
      [id],
    )
  ).status;

const admin = { key: 'admin' } as const;

describe('a test partner', () => {
  it('sells from pools of its own, whose units come on top of the cap and stand in the ledger', async () => {
    const live = await pool(house);
    const { body } = await house.get('/api/ota/inventory', as(otherTest));
    expect(body.available_quantities).toEqual({ 106: 1000, 107: 1000, 108: 1000 });
    await held(7);
    expect(await pool(house)).toEqual(live);
    expect(await pool(house, 106, 'test-sandbox-2')).toEqual({ allocated: 1000, reserved: 0, sold: 0 });
    expect(
      await house.sql(
        `select product_id, delta_allocated, reason from inventory_ledger where channel = 'test-sandbox-2' order by 1`,
      ),
    ).toEqual(
      [106, 107, 108].map((product_id) => ({ product_id, delta_allocated: 1000, reason: 'allocated' })),
    );
    expect(
      await house.sql(
        `select actor, subject from audit_log where action = 'create_test_partner' order by subject`,
      ),
    ).toEqual([
      { actor: 'demo-operator', subject: 'sandbox-1' },
      { actor: 'demo-operator', subject: 'sandbox-2' },
    ]);
  });

  it('is sold no more than its pool has', async () => {
    const answer = await house.post('/api/ota/reserve', { product_id: 107, quantity: 1001 }, as(test));
    expect([answer.status, answer.body.code, answer.body.available]).toEqual([
      409,
      'ALLOTMENT_EXHAUSTED',
      1000,
    ]);
    await expect(
      house.sql(
        `update product_inventory set channel_allocations =
           jsonb_set(channel_allocations, '{test-sandbox-1,sold}', '1001') where product_id = 107`,
      ),
    ).rejects.toThrow('never_oversold');
    await expect(
      house.sql(
        `update product_inventory set channel_allocations =
           jsonb_set(channel_allocations, '{ota,allocated}', '9999') where product_id = 107`,
      ),
    ).rejects.toThrow('never_oversold');
  });

  it('has keys of its own kind; a key of the other kind is none, even if stored', async () => {
    expect(test).toMatch(/^alt_test_/);
    const partner = await house.em().findOneOrFail(Partner, 'sandbox-1');
    const livePartner = await house.em().findOneOrFail(Partner, 'demo-ota');
    const wrong = [
      await createApiKey(house.em(), partner, AGENCY, newApiKey('live')),
      await createApiKey(house.em(), livePartner, AGENCY, newApiKey('test')),
    ];
    for (const key of wrong) {
      const answer = await house.get('/api/ota/inventory', as(key));
      expect([answer.status, answer.body.code]).toEqual([401, 'API_KEY_INVALID']);
    }
  });

  it('is told from a live one by its channel, which nobody can change alone', async () => {
    for (const change of [`channel = 'ota'`, `mode = 'live'`]) {
      await expect(house.sql(`update partners set ${change} where partner_id = 'sandbox-1'`)).rejects.toThrow(
        'test_partners_sell_test_pools',
      );
    }
    await expect(
      house.sql(`update partners set channel = 'test-sandbox-1' where partner_id = 'demo-ota'`),
    ).rejects.toThrow('test_partners_sell_test_pools');
  });

  it('has a channel that no other partner can take, and keeps it', async () => {
    const taken = await house.post(
      '/api/admin/partners',
      { partner_id: 'sly', name: 'Sly', channel: 'test-sandbox-1' },
      admin,
    );
    const left = await house.post('/api/admin/partners/sandbox-1', { channel: 'ota' }, admin);
    for (const answer of [taken, left]) {
      expect([answer.status, badFields(answer)]).toEqual([422, ['channel']]);
    }
  });

  it('cannot be made twice, and leaves nothing behind', async () => {
    await expect(testKeyOf(house, 'sandbox-1', AGENCY)).rejects.toThrow('ALREADY_EXISTS');
    expect(
      await house.sql(
        `select from inventory_ledger where channel = 'test-sandbox-1' and delta_allocated > 0`,
      ),
    ).toHaveLength(3);
  });

  it('sees nothing of the live partners, nor they of it', async () => {
    const liveId = await reserved(house, 1);
    const testId = await held(1);
    expect((await house.get(`/api/ota/reservations/${liveId}`, as(test))).status).toBe(404);
    expect((await house.get(`/api/ota/reservations/${testId}`)).status).toBe(404);
    expect((await house.get(`/api/ota/reservations/${testId}`, as(otherTest))).status).toBe(404);
  });
});

describe('a ticket of the sandbox', () => {
  let tickets: SoldTicket[];
  let orderId: string;
  beforeAll(async () => {
    ({ tickets, orderId } = await soldInSandbox(3));
  });
  const scan = (qr: unknown, functionCode = 'ferry') =>
    house.post('/venue/scan', { qr, function_code: functionCode, scan_id: randomUUID() }, { key: 'gate' });

  it('says that it is one wherever it is shown; a live one says nothing', async () => {
    expect(tickets).toHaveLength(3);
    for (const ticket of tickets) expect(ticket).toMatchObject({ status: 'valid', test: true });
    const { body: page } = await house.get(`/api/ota/orders/${orderId}/tickets`, as(test));
    expect(page.items).toEqual(tickets);
    expect((await house.get(`/tickets/${tickets[0]?.ticket_code}`, { key: null })).body).toEqual(tickets[0]);
    const lines = await house.get(
      `/api/ota/orders/${orderId}/tickets`,
      as(test, { Accept: 'application/x-ndjson' }),
    );
    expect(JSON.parse(lines.text.split('\n')[0] ?? '')).toEqual(tickets[0]);
  });

  it('admits nowhere, printed or rotating, whatever is asked for', async () => {
    const [ticket] = tickets;
    const rotating = await house.post(`/qr/${ticket?.ticket_code}`, undefined, { key: null });
    expect(rotating.status).toBe(200);
    for (const [qr, functionCode] of [
      [ticket?.qr_code, 'ferry'],
      [ticket?.qr_code, 'playground_tokens'],
      [ticket?.qr_code, 'no_such_thing'],
      [rotating.body.qr, 'ferry'],
      [rotating.body.qr, 'ferry'],
    ]) {
      const answer = await scan(qr, functionCode);
      expect([answer.status, answer.body.code]).toEqual([422, 'TICKET_TEST']);
    }
    expect(await house.sql('select from redemptions')).toEqual([]);
    expect((await house.get(`/tickets/${ticket?.ticket_code}`, { key: null })).body).toEqual(ticket);
  });

  it('is paid with test money: a signed notification works as for any order', async () => {
    const { body: order } = await house.post(
      '/api/ota/orders',
      {
        reservation_id: await held(1),
        customer_details: customer,
        pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
      },
      as(test),
    );
    expect((await house.notify(order.order_id)).status).toBe(200);
    const shown = await eventually('the order fulfilled', async () => {
      const { body } = await house.get(`/api/ota/orders/${order.order_id}`, as(test));
      return body.status === 'fulfilled' && body;
    });
    expect(shown.channel).toBe('test-sandbox-1');
    const cancelled = await house.post(`/api/ota/orders/${order.order_id}/cancel`, { reason: 'x' }, as(test));
    expect(cancelled.body.status).toBe('cancelled');
  });
});

describe('POST /api/ota/sandbox/reservations/{reservation_id}/advance', () => {
  it('lets a day pass: the hold expires within moments, by its own run', async () => {
    const before = await pool(house, 106, 'test-sandbox-1');
    const id = await held(5);
    await runs.waiting(id);
    const startedAt = Date.now();
    const answer = await advance(id, 86_400, test, { 'X-Request-Id': 'advance-1' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ reservation_id: id, reserved_until: expect.any(String) });
    await eventually('the hold expired', async () => (await statusOf(id)) === 'expired', 5_000);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(await runs.of(id).result()).toEqual({ status: 'expired', held: 5, sold: 0, released: 5 });
    expect(await pool(house, 106, 'test-sandbox-1')).toEqual(before);
    const audited = await house.sql<{ action: string; request_id: string }>(
      'select action, request_id from audit_log where subject = $1 order by audit_id',
      [id],
    );
    expect(audited.map(({ action }) => action)).toEqual(['reserve', 'advance', 'expire_reservation']);
    expect(audited[1]?.request_id).toBe('advance-1');
  });

  it('moves the end by so many seconds, and no further than to now', async () => {
    const id = await held(1);
    const until = async () =>
      Date.parse((await house.get(`/api/ota/reservations/${id}`, as(test))).body.reserved_until);
    const first = await until();
    const answer = await advance(id, 3_600);
    expect(Date.parse(answer.body.reserved_until)).toBe(first - 3_600_000);
    expect(await until()).toBe(first - 3_600_000);
    const { body } = await advance(id, 86_400);
    expect(Math.abs(Date.parse(body.reserved_until) - Date.now())).toBeLessThan(5_000);
  });

  it('leaves paid units sold, and gives back the rest', async () => {
    const id = await held(3);
    const { body: order } = await house.post(
      '/api/ota/orders',
      {
        reservation_id: id,
        customer_details: customer,
        pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
      },
      as(test),
    );
    await house.post('/api/ota/activate', { order_id: order.order_id, payment_reference: 'p' }, as(test));
    await advance(id, 86_400);
    await eventually('the hold expired', async () => (await statusOf(id)) === 'expired');
    expect((await house.get(`/api/ota/reservations/${id}`, as(test))).body.units).toEqual({
      held: 0,
      ordered: 1,
      sold: 1,
      released: 2,
    });
  });

  it('is for test partners only: a live key is told why', async () => {
    const id = await reserved(house, 1);
    const before = await house.get(`/api/ota/reservations/${id}`);
    for (const key of ['ota', 'direct', 'admin'] as const) {
      const answer = await house.post(`/api/ota/sandbox/reservations/${id}/advance`, { seconds: 1 }, { key });
      expect([answer.status, answer.body.code]).toEqual([403, 'PERMISSION_MISSING']);
      expect(answer.body.detail).toContain('alt_test_');
    }
    expect((await house.get(`/api/ota/reservations/${id}`)).body).toEqual(before.body);
  });

  it("answers 404 for another test partner's hold, a live one, and ids that never existed", async () => {
    const id = await held(1);
    const live = await reserved(house, 1);
    for (const [unknown, key] of [
      [id, otherTest],
      [live, test],
      ['01890000-0000-7000-8000-000000000000', test],
      ['res-1', test],
      ['%00', test],
    ] as const) {
      const answer = await advance(unknown, 60, key);
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
    expect(await statusOf(id)).toBe('held');
  });

  it('answers 409 for a hold that has ended', async () => {
    const id = await held(1);
    await house.delete(`/api/ota/reservations/${id}`, as(test));
    const answer = await advance(id, 60);
    expect([answer.status, answer.body.code]).toEqual([409, 'RESERVATION_NOT_HELD']);
  });

  it.each([0, -1, 86_401, 1.5, '60', null, undefined])('refuses %p seconds', async (seconds) => {
    const id = await held(1);
    const answer = await advance(id, seconds);
    expect([answer.status, badFields(answer)]).toEqual([422, ['seconds']]);
  });

  it('advances once for an Idempotency-Key', async () => {
    const id = await held(1);
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await advance(id, 60, test, headers);
    const repeat = await advance(id, 60, test, headers);
    expect([repeat.status, repeat.body]).toEqual([200, first.body]);
    expect(repeat.headers.get('Idempotent-Replayed')).toBe('true');
    const other = await advance(id, 61, test, headers);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
