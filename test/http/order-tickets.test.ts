import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type House, openHouse } from '../support/house.ts';
import { badFields, customer, ordered, reserved, SATURDAY, type SoldTicket, sold } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: true });
});
afterAll(() => house.close());

const strangeIds = ['01890000-0000-7000-8000-000000000000', 'order-1', '%00', "1'%20or%201=1"];

describe('GET /api/ota/orders/{order_id}', () => {
  it('shows an order before and after it is paid', async () => {
    const reservationId = await reserved(house, 2);
    const { order_id: id } = await ordered(house, reservationId, 2);
    const before = await house.get(`/api/ota/orders/${id}`);
    expect(before.status).toBe(200);
    expect(before.body).toMatchObject({
      order_id: id,
      reservation_id: reservationId,
      channel: 'ota',
      status: 'pending_payment',
      quantity: 2,
      reference: null,
      customer_details: customer,
      payment_required: { amount: 63_600, currency: 'HKD', currency_precision: 2 },
      paid_at: null,
      fulfilled_at: null,
      failure_reason: null,
      refunds: [],
    });
    expect(before.body.items).toMatchObject([{ product_id: 106, quantity: 2, visit_date: SATURDAY }]);

    await house.post('/api/ota/activate', { order_id: id, payment_reference: 'p' });
    const after = await house.get(`/api/ota/orders/${id}`);
    expect(after.body).toMatchObject({
      status: 'fulfilled',
      paid_at: expect.any(String),
      fulfilled_at: expect.any(String),
    });
  });

  it('shows null for a customer who was erased', async () => {
    const { order_id: id } = await ordered(house, await reserved(house, 1), 1);
    await house.sql(`update orders set customer = null where order_id = $1`, [id]);
    expect((await house.get(`/api/ota/orders/${id}`)).body.customer_details).toBeNull();
  });

  it("answers 404 for another partner's order and for ids that never existed", async () => {
    const { order_id: id } = await ordered(house, await reserved(house, 1), 1);
    const foreign = await house.get(`/api/ota/orders/${id}`, { key: 'ota_2' });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'NOT_FOUND']);
    for (const strange of strangeIds)
      expect((await house.get(`/api/ota/orders/${strange}`)).status).toBe(404);
    expect((await house.get(`/api/ota/orders/${id}`, { key: 'admin' })).status).toBe(200);
  });
});

describe('GET /api/ota/orders/{order_id}/tickets', () => {
  let orderId: string;
  let issued: SoldTicket[];
  beforeAll(async () => {
    ({ orderId, tickets: issued } = await sold(house, 7));
  });
  const page = (query = '', id = orderId) => house.get(`/api/ota/orders/${id}/tickets${query}`);

  it("gives an order's tickets in one page, as activate gave them", async () => {
    const answer = await page();
    expect([answer.status, answer.body.next_cursor]).toEqual([200, null]);
    expect(answer.body.items).toEqual(issued);
    expect(issued).toHaveLength(7);
    expect(new Set(issued.map(({ ticket_code }) => ticket_code)).size).toBe(7);
  });

  it.each([1, 2, 3, 7])('leads through all tickets, each once, in pages of %i', async (limit) => {
    const seen: SoldTicket[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { body } = await page(`?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`);
      expect(body.items.length).toBeLessThanOrEqual(limit);
      expect(body.items.length).toBeGreaterThan(0);
      seen.push(...body.items);
      cursor = body.next_cursor;
      pages += 1;
    } while (cursor !== null);
    expect(seen).toEqual(issued);
    expect(pages).toBe(Math.ceil(7 / limit));
  });

  it('gives an empty page before anything is issued', async () => {
    const { order_id: unpaid } = await ordered(house, await reserved(house, 1), 1);
    const answer = await page('', unpaid);
    expect([answer.status, answer.body]).toEqual([200, { items: [], next_cursor: null }]);
  });

  it.each([
    ['text', 'next'],
    ['nothing', ''],
    ['a position that is no number', Buffer.from('after:x').toString('base64url')],
    ['a negative position', Buffer.from('after:-1').toString('base64url')],
    ['a huge position', Buffer.from(`after:${'9'.repeat(30)}`).toString('base64url')],
    ['201 characters', 'x'.repeat(201)],
    ['a control character', '%00'],
  ])('refuses a cursor of %s', async (_what, cursor) => {
    const answer = await page(`?cursor=${cursor}`);
    expect([answer.status, badFields(answer)]).toEqual([422, ['cursor']]);
  });

  it.each(['0', '-1', '5001', '1.5', 'many', '', '1e99', 'NaN'])('refuses the limit "%s"', async (limit) => {
    const answer = await page(`?limit=${limit}`);
    expect([answer.status, badFields(answer)]).toEqual([422, ['limit']]);
  });

  it('accepts limits from 1 to 5,000, and names every bad field at once', async () => {
    expect((await page('?limit=1')).body.items).toHaveLength(1);
    expect((await page('?limit=5000')).body.items).toHaveLength(7);
    const answer = await page(`?limit=0&cursor=${'x'.repeat(201)}&offset=3`);
    expect(badFields(answer)).toEqual(['cursor', 'limit', 'offset']);
  });

  it("answers 404 for another partner's order and for ids that never existed", async () => {
    const foreign = await house.get(`/api/ota/orders/${orderId}/tickets`, { key: 'ota_2' });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'NOT_FOUND']);
    for (const strange of strangeIds) expect((await page('', strange)).status).toBe(404);
  });
});

describe('the tickets of an order', () => {
  it('carry what the product admits to, and add-ons dealt out in turn', async () => {
    const reservationId = await reserved(house, 3, 108);
    const { body: order } = await house.post('/api/ota/orders', {
      reservation_id: reservationId,
      customer_details: customer,
      pricing_context: {
        visit_date: SATURDAY,
        customer_breakdown: [
          { customer_type: 'child', count: 1 },
          { customer_type: 'adult', count: 2 },
        ],
        addons: [{ addon_id: 'tokens-plan-c', quantity: 4 }],
      },
    });
    const { body } = await house.post('/api/ota/activate', {
      order_id: order.order_id,
      payment_reference: 'p',
    });
    const tokens = body.tickets.map((ticket: SoldTicket & { customer_type: string; visit_date: string }) => [
      ticket.customer_type,
      ticket.visit_date,
      ticket.entitlements.map(({ function_code, total, remaining }) => [function_code, total, remaining]),
    ]);
    const base = [
      ['vip_ferry', 2, 2],
      ['monchhichi_gift', 2, 2],
    ];
    expect(tokens).toEqual([
      ['adult', SATURDAY, [...base, ['playground_tokens', 120, 120], ['tea_set', 1, 1]]],
      ['adult', SATURDAY, [...base, ['playground_tokens', 70, 70], ['tea_set', 1, 1]]],
      ['child', SATURDAY, [...base, ['playground_tokens', 70, 70], ['tea_set', 1, 1]]],
    ]);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
