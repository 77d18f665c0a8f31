import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, eventually, type House, openHouse } from '../support/house.ts';
import { badFields, breakdown, customer, SATURDAY, WEDNESDAY } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: true });
});
afterAll(() => house.close());

let trades = 0;
const newTrade = () => `T-${(trades += 1)}`;
const item = (productId: number, qty: number, more: object = {}) => ({
  product_id: productId,
  qty,
  pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(qty) },
  ...more,
});
const bodyOf = (items: unknown[], tradeNo: string = newTrade()) => ({
  items,
  out_trade_no: tradeNo,
  customer_details: customer,
});
const place = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  house.post('/orders', body, { key: 'direct', headers });
const shopPools = async () =>
  house.sql<{ product_id: number; reserved: number; sold: number }>(
    `select product_id, (channel_allocations -> 'direct' ->> 'reserved')::int as reserved,
            (channel_allocations -> 'direct' ->> 'sold')::int as sold from product_inventory order by 1`,
  );
const ordersOf = (tradeNo: string) => house.sql(`select status from orders where reference = $1`, [tradeNo]);

describe('POST /orders', () => {
  it('takes several products in one order, with 15 minutes to pay', async () => {
    const before = await shopPools();
    const body = bodyOf([
      item(106, 2),
      item(108, 1),
      item(106, 1, {
        pricing_context: { visit_date: WEDNESDAY, customer_breakdown: breakdown(0, 1) },
      }),
    ]);
    const answer = await place(body);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('Location')).toBe(`/orders/${answer.body.order_id}`);
    expect(answer.body).toMatchObject({
      status: 'pending_payment',
      quantity: 4,
      out_trade_no: body.out_trade_no,
      payment_required: { amount: 63_600 + 88_800 + 18_800, currency: 'HKD', currency_precision: 2 },
      price_breakdown: {
        items: [
          { product_id: 106, quantity: 2, day_type: 'weekend', total: { amount: 63_600 } },
          { product_id: 108, quantity: 1, total: { amount: 88_800 } },
          { product_id: 106, quantity: 1, day_type: 'weekday', total: { amount: 18_800 } },
        ],
        total: { amount: 171_200 },
      },
      webhook_url: 'http://tickets.example/payments/notify',
    });
    const after = await shopPools();
    expect(after.map(({ reserved }, index) => reserved - (before[index]?.reserved ?? 0))).toEqual([3, 0, 1]);
    const holds = await house.sql(
      `select r.channel, r.expires_at - r.started_at = interval '15 minutes' as quarter_of_an_hour
         from channel_reservations r join orders using (reservation_id) where order_id = $1`,
      [answer.body.order_id],
    );
    expect(holds).toEqual([{ channel: 'direct', quarter_of_an_hour: true }]);
  });

  it('becomes a ticket for each unit of each product when it is paid', async () => {
    const { body: placed } = await place(bodyOf([item(106, 2), item(107, 1), item(106, 1)]));
    await house.notify(placed.order_id, { amount: placed.payment_required.amount, currency: 'HKD' });
    const tickets = await eventually('tickets', async () => {
      const { body } = await house.get(`/orders/${placed.order_id}/tickets`, { key: 'direct' });
      return body.items.length > 0 && body.items;
    });
    expect(tickets.map(({ product_id }: { product_id: number }) => product_id)).toEqual([106, 106, 107, 106]);
    const { body: order } = await house.get(`/orders/${placed.order_id}`, { key: 'direct' });
    expect(order).toMatchObject({ status: 'fulfilled', channel: 'direct', quantity: 4 });
    expect(order.items).toHaveLength(3);
  });

  it('answers 409 and leaves nothing held when one product has too few', async () => {
    const before = await shopPools();
    const tradeNo = newTrade();
    const answer = await place(bodyOf([item(106, 1), item(107, 1001), item(108, 1)], tradeNo));
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'ALLOTMENT_EXHAUSTED', product_id: 107 });
    expect(await shopPools()).toEqual(before);
    expect(await ordersOf(tradeNo)).toEqual([]);
    expect((await place(bodyOf([item(106, 1)], tradeNo))).status).toBe(201);
  });

  it('counts items of one product together', async () => {
    const answer = await place(bodyOf([item(108, 600), item(108, 600)]));
    expect([answer.status, answer.body.code]).toEqual([409, 'ALLOTMENT_EXHAUSTED']);
  });

  it("answers 403 to an agency's key", async () => {
    const answer = await house.post('/orders', bodyOf([item(106, 1)]), { key: 'ota' });
    expect([answer.status, answer.body.code]).toEqual([403, 'PERMISSION_MISSING']);
  });
});

describe('POST /orders with an out_trade_no', () => {
  it('answers a repeat as before, also after the order is paid', async () => {
    const body = bodyOf([item(106, 1)]);
    const first = await place(body);
    const second = await place(body);
    await house.notify(first.body.order_id);
    await eventually('tickets', async () => {
      const { body: order } = await house.get(`/orders/${first.body.order_id}`, { key: 'direct' });
      return order.status === 'fulfilled';
    });
    const third = await place(body);
    for (const repeat of [second, third]) {
      expect([repeat.status, repeat.text]).toEqual([201, first.text]);
      expect(repeat.headers.get('Idempotent-Replayed')).toBe('true');
    }
    expect(await ordersOf(body.out_trade_no)).toHaveLength(1);
  });

  it('answers 409 to another body', async () => {
    const tradeNo = newTrade();
    expect((await place(bodyOf([item(106, 1)], tradeNo))).status).toBe(201);
    const other = await place(bodyOf([item(106, 2)], tradeNo));
    expect([other.status, other.body.code]).toEqual([409, 'REFERENCE_TAKEN']);
    expect(await ordersOf(tradeNo)).toHaveLength(1);
  });

  it('makes one order of 20 parallel repeats', async () => {
    const before = await shopPools();
    const body = bodyOf([item(106, 1), item(107, 2)]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => place(body)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(await ordersOf(body.out_trade_no)).toHaveLength(1);
    const after = await shopPools();
    expect(after.map(({ reserved }, index) => reserved - (before[index]?.reserved ?? 0))).toEqual([1, 2, 0]);
  });

  it('makes one order of 10 parallel bodies that differ', async () => {
    const tradeNo = newTrade();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => place(bodyOf([item(106, index + 1)], tradeNo))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'REFERENCE_TAKEN')).toHaveLength(9);
    expect(await ordersOf(tradeNo)).toHaveLength(1);
  });

  it('honours an Idempotency-Key beside it', async () => {
    const body = bodyOf([item(106, 1)]);
    const first = await place(body, { 'Idempotency-Key': 'direct-1' });
    expect((await place(body, { 'Idempotency-Key': 'direct-1' })).text).toBe(first.text);
    const other = await place(bodyOf([item(106, 1)]), { 'Idempotency-Key': 'direct-1' });
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });
});

describe('POST /orders with bad input', () => {
  it('names every bad field at once', async () => {
    const answer = await place({
      items: [
        { product_id: 0, qty: 0, pricing_context: { visit_date: 'x', customer_breakdown: [] }, price: 1 },
        'two',
      ],
      out_trade_no: '',
      customer_details: { name: 'A' },
      channel: 'ota',
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'VALIDATION_FAILED']);
    expect(badFields(answer)).toEqual([
      'channel',
      'customer_details.email',
      'items.0.price',
      'items.0.pricing_context.customer_breakdown',
      'items.0.pricing_context.visit_date',
      'items.0.product_id',
      'items.0.qty',
      'items.1',
      'out_trade_no',
    ]);
  });

  it('names what does not fit the products, item by item', async () => {
    const answer = await place(
      bodyOf([
        item(999, 1),
        item(106, 2, { pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(3) } }),
        item(107, 1, {
          pricing_context: {
            visit_date: '2026-01-01',
            customer_breakdown: breakdown(1),
            addons: [{ addon_id: 'tokens-plan-c', quantity: 1 }],
          },
        }),
      ]),
    );
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual([
      'items.0.product_id',
      'items.1.qty',
      'items.2.pricing_context.addons.0.addon_id',
      'items.2.pricing_context.visit_date',
    ]);
  });

  it.each([
    ['no item', []],
    ['51 items', Array.from({ length: 51 }, () => item(106, 1))],
    ['no list', { 0: item(106, 1) }],
  ])('refuses %s', async (_what, items) => {
    const answer = await place({ ...bodyOf([]), items });
    expect([answer.status, badFields(answer)]).toEqual([422, ['items']]);
  });
});

describe('GET /orders/{order_id}', () => {
  it('answers 404 to another key than that of its partner', async () => {
    const { body: placed } = await place(bodyOf([item(106, 1)]));
    expect((await house.get(`/orders/${placed.order_id}`, { key: 'direct' })).body).toMatchObject({
      order_id: placed.order_id,
      status: 'pending_payment',
      channel: 'direct',
      payment_required: { amount: 31_800 },
    });
    for (const path of [`/orders/${placed.order_id}`, `/orders/${placed.order_id}/tickets`]) {
      const foreign = await house.get(path, { key: 'ota' });
      expect([foreign.status, foreign.body.code]).toEqual([404, 'NOT_FOUND']);
    }
    for (const strange of ['01890000-0000-7000-8000-000000000000', 'x', '%00']) {
      expect((await house.get(`/orders/${strange}`, { key: 'direct' })).status).toBe(404);
      expect((await house.get(`/orders/${strange}/tickets`, { key: 'direct' })).status).toBe(404);
    }
  });
});

describe('POST /orders on an exhausted pool', () => {
  it('gives 60 parallel callers the last 5 units, and all others a 409', async () => {
    const { body: catalog } = await house.get('/catalog');
    const [{ available_quantity: rest }] = catalog.products.filter(
      ({ product_id }: { product_id: number }) => product_id === 107,
    );
    expect((await place(bodyOf([item(107, rest - 5)]))).status).toBe(201);
    const answers = await Promise.all(Array.from({ length: 60 }, () => place(bodyOf([item(107, 1)]))));
    const counts = Object.groupBy(answers, ({ status }) => String(status));
    expect(Object.fromEntries(Object.entries(counts).map(([status, all]) => [status, all?.length]))).toEqual({
      201: 5,
      409: 55,
    });
  });

  it('leaves all accounts in agreement', async () => {
    await eventually('every payment to be worked off', async () => {
      const open = await house.sql(`select 1 from orders where status = 'paid'`);
      return open.length === 0;
    });
    expect(await house.disagreements()).toEqual([]);
  });
});
