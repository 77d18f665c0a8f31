import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPriceRules } from '../../src/db/queries/price-rules.ts';
import { publishPriceList } from '../../src/db/queries/publish-price-list.ts';
import { type House, openHouse } from '../support/house.ts';
import { badFields, breakdown, customer, reserved, SATURDAY, WEDNESDAY } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const place = (body: unknown, headers: Record<string, string> = {}) =>
  house.post('/api/ota/orders', body, { headers });
const orderOf = (reservationId: string, adults: number, more: object = {}) => ({
  reservation_id: reservationId,
  customer_details: customer,
  pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(adults) },
  ...more,
});
const unitsOf = async (reservationId: string) =>
  (await house.get(`/api/ota/reservations/${reservationId}`)).body.units;
const hkd = (amount: number) => ({ amount, currency: 'HKD', currency_precision: 2 });

describe('POST /api/ota/orders', () => {
  it('places an order with its price, line by line', async () => {
    const reservationId = await reserved(house, 5);
    const answer = await place({
      reservation_id: reservationId,
      customer_details: { ...customer, phone: '+852 1234 5678' },
      pricing_context: {
        visit_date: SATURDAY,
        customer_breakdown: [
          { customer_type: 'adult', count: 2 },
          { customer_type: 'elderly', count: 1 },
        ],
        addons: [{ addon_id: 'tokens-plan-b', quantity: 2 }],
      },
      reference: 'order-1',
    });
    expect(answer.status).toBe(201);
    const { order_id: id, payment_required: due, ...rest } = answer.body;
    expect(answer.headers.get('Location')).toBe(`/api/ota/orders/${id}`);
    const reservation = (await house.get(`/api/ota/reservations/${reservationId}`)).body;
    expect(due).toEqual({ ...hkd(118_400), due_by: reservation.reserved_until });
    expect(rest).toEqual({
      reservation_id: reservationId,
      status: 'pending_payment',
      quantity: 3,
      reference: 'order-1',
      webhook_url: 'http://tickets.example/payments/notify',
      price_breakdown: {
        product_id: 106,
        quantity: 3,
        visit_date: SATURDAY,
        day_type: 'weekend',
        lines: [
          { customer_type: 'adult', count: 2, unit_price: hkd(31_800), amount: hkd(63_600) },
          { customer_type: 'elderly', count: 1, unit_price: hkd(18_800), amount: hkd(18_800) },
        ],
        subtotal: hkd(82_400),
        addons: [
          {
            addon_id: 'tokens-plan-b',
            label: expect.any(String),
            quantity: 2,
            unit_price: hkd(18_000),
            amount: hkd(36_000),
          },
        ],
        addons_total: hkd(36_000),
        adjustments: [],
        total: hkd(118_400),
      },
    });
    const rows = await house.sql(
      `select o.partner_id, o.channel_id, o.status, o.units, o.total_amount, o.customer, l.units as line_units,
              l.visit_date::text
         from orders o join order_lines l using (order_id) where order_id = $1`,
      [id],
    );
    expect(rows).toEqual([
      {
        partner_id: 'demo-ota',
        channel_id: 'ota',
        status: 'pending_payment',
        units: 3,
        total_amount: '118400',
        customer: { ...customer, phone: '+852 1234 5678' },
        line_units: 3,
        visit_date: SATURDAY,
      },
    ]);
    expect(await unitsOf(reservationId)).toEqual({ held: 5, ordered: 3, sold: 0, released: 0 });
  });

  it('keeps the price promised to the reservation when new prices are published', async () => {
    const before = await reserved(house, 2);
    const { body: reservation } = await house.get(`/api/ota/reservations/${before}`);
    const rules = await findPriceRules(house.em(), reservation.pricing_snapshot.price_list_id);
    const dearer = {
      ...rules,
      unitPrices: { ...rules.unitPrices, adult: { weekday: 50_000, weekend: 60_000 } },
    };
    await publishPriceList(house.em(), 106, dearer);
    const after = await reserved(house, 2);

    const promised = await place(orderOf(before, 1));
    expect(promised.body.payment_required.amount).toBe(31_800);
    const fresh = await place(orderOf(after, 1));
    expect(fresh.body.payment_required.amount).toBe(60_000);
    await publishPriceList(house.em(), 106, rules);
  });

  it('draws several orders from one reservation, until nothing is left', async () => {
    const reservationId = await reserved(house, 5);
    for (const adults of [2, 1]) expect((await place(orderOf(reservationId, adults))).status).toBe(201);
    const tooMany = await place(orderOf(reservationId, 3));
    expect(tooMany.status).toBe(409);
    expect(tooMany.body).toMatchObject({ code: 'RESERVATION_EXHAUSTED', available: 2 });
    expect((await place(orderOf(reservationId, 2))).status).toBe(201);
    const none = await place(orderOf(reservationId, 1));
    expect(none.body).toMatchObject({ code: 'RESERVATION_EXHAUSTED', available: 0 });
    expect(await unitsOf(reservationId)).toEqual({ held: 5, ordered: 5, sold: 0, released: 0 });
  });

  it('gives 20 parallel orders exactly what the reservation holds', async () => {
    const reservationId = await reserved(house, 7);
    const answers = await Promise.all(Array.from({ length: 20 }, () => place(orderOf(reservationId, 1))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(13);
    for (const { body } of refused)
      expect(body).toMatchObject({ code: 'RESERVATION_EXHAUSTED', available: 0 });
    expect(await house.sql(`select 1 from orders where reservation_id = $1`, [reservationId])).toHaveLength(
      7,
    );
  });

  it('accepts a visit today, by the calendar of the business', async () => {
    const reservationId = await reserved(house, 1);
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Hong_Kong' }).format(new Date());
    const answer = await place(
      orderOf(reservationId, 1, { pricing_context: { visit_date: today, customer_breakdown: breakdown(1) } }),
    );
    expect(answer.status).toBe(201);
  });
});

describe('POST /api/ota/orders with a reference', () => {
  it('answers 409 to a reference that is taken, and draws nothing', async () => {
    const reservationId = await reserved(house, 4);
    expect((await place(orderOf(reservationId, 1, { reference: 'taken' }))).status).toBe(201);
    const again = await place(orderOf(reservationId, 2, { reference: 'taken' }));
    expect([again.status, again.body.code]).toEqual([409, 'REFERENCE_TAKEN']);
    expect(await unitsOf(reservationId)).toMatchObject({ ordered: 1 });
  });

  it('says so also where the hold has too few units left for another order', async () => {
    const reservationId = await reserved(house, 1);
    expect((await place(orderOf(reservationId, 1, { reference: 'last' }))).status).toBe(201);
    const again = await place(orderOf(reservationId, 1, { reference: 'last' }));
    expect([again.status, again.body.code]).toEqual([409, 'REFERENCE_TAKEN']);
    const other = await place(orderOf(reservationId, 1, { reference: 'another' }));
    expect([other.status, other.body.code]).toEqual([409, 'RESERVATION_EXHAUSTED']);
  });

  it('gives a repeat its answer while the hold is locked', async () => {
    const reservationId = await reserved(house, 2);
    const repeat = () =>
      house.post('/api/ota/orders', orderOf(reservationId, 1), { headers: { 'Idempotency-Key': 'locked' } });
    const first = await repeat();
    await house.em().transactional(async (em) => {
      await em.execute(
        `select 1 from channel_reservations where reservation_id = '${reservationId}' for update`,
      );
      const second = await repeat();
      expect([second.status, second.text]).toEqual([201, first.text]);
    });
  });

  it('gives a reference to one of 10 parallel orders', async () => {
    const reservationId = await reserved(house, 20);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => place(orderOf(reservationId, 1, { reference: 'contested' }))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ body }) => body.code === 'REFERENCE_TAKEN');
    expect(refused).toHaveLength(9);
    expect(await unitsOf(reservationId)).toMatchObject({ ordered: 1 });
  });

  it('lets another partner use the same reference', async () => {
    const { body: held } = await house.post(
      '/api/ota/reserve',
      { product_id: 106, quantity: 1 },
      { key: 'ota_2' },
    );
    const answer = await house.post(
      '/api/ota/orders',
      orderOf(held.reservation_id, 1, { reference: 'taken' }),
      { key: 'ota_2' },
    );
    expect(answer.status).toBe(201);
  });
});

describe('POST /api/ota/orders with bad input', () => {
  it('names every bad field at once', async () => {
    const answer = await place({
      reservation_id: 7,
      customer_details: { name: '', email: 'nobody', colour: 'red' },
      pricing_context: {
        visit_date: '2030-02-30',
        customer_breakdown: [{ customer_type: 'dog', count: 0 }],
        addons: [{ addon_id: 'tokens-plan-a', quantity: 1.5 }],
      },
      reference: 'a\u0000b',
      extra: true,
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'VALIDATION_FAILED']);
    expect(badFields(answer)).toEqual([
      'customer_details.colour',
      'customer_details.email',
      'customer_details.name',
      'extra',
      'pricing_context.addons.0.quantity',
      'pricing_context.customer_breakdown.0.count',
      'pricing_context.customer_breakdown.0.customer_type',
      'pricing_context.visit_date',
      'reference',
      'reservation_id',
    ]);
  });

  it('names everything that does not fit the product at once', async () => {
    const reservationId = await reserved(house, 2, 107);
    const answer = await place(
      orderOf(reservationId, 1, {
        pricing_context: {
          visit_date: '2026-01-05',
          customer_breakdown: [
            { customer_type: 'adult', count: 1 },
            { customer_type: 'adult', count: 1 },
          ],
          addons: [
            { addon_id: 'tokens-plan-b', quantity: 1 },
            { addon_id: 'tokens-plan-a', quantity: 1 },
            { addon_id: 'tokens-plan-a', quantity: 1 },
          ],
        },
      }),
    );
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual([
      'pricing_context.addons.0.addon_id',
      'pricing_context.addons.2.addon_id',
      'pricing_context.customer_breakdown.1.customer_type',
      'pricing_context.visit_date',
    ]);
    expect(await unitsOf(reservationId)).toMatchObject({ ordered: 0 });
  });

  it('refuses a visit that is over, and one beyond the published prices', async () => {
    const reservationId = await reserved(house, 1);
    const yesterday = new Date(Date.now() - 86_400_000);
    const past = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Hong_Kong' }).format(yesterday);
    for (const visitDate of [past, '2024-01-01', '2033-01-01', '9999-12-31']) {
      const answer = await place(
        orderOf(reservationId, 1, {
          pricing_context: { visit_date: visitDate, customer_breakdown: breakdown(1) },
        }),
      );
      expect([answer.status, badFields(answer)]).toEqual([422, ['pricing_context.visit_date']]);
    }
  });

  it('refuses an empty breakdown, and one without people', async () => {
    const reservationId = await reserved(house, 1);
    for (const customerBreakdown of [[], undefined, {}, null]) {
      const answer = await place(
        orderOf(reservationId, 1, {
          pricing_context: { visit_date: WEDNESDAY, customer_breakdown: customerBreakdown },
        }),
      );
      expect([answer.status, badFields(answer)]).toEqual([422, ['pricing_context.customer_breakdown']]);
    }
  });

  it('refuses counts that add up to more than the contract allows', async () => {
    const reservationId = await reserved(house, 1);
    const answer = await place(
      orderOf(reservationId, 1, {
        pricing_context: {
          visit_date: WEDNESDAY,
          customer_breakdown: breakdown(1_000_000, 1_000_000),
        },
      }),
    );
    expect([answer.status, badFields(answer)]).toEqual([422, ['pricing_context.customer_breakdown']]);
  });
});

describe('POST /api/ota/orders from a reservation that cannot be used', () => {
  it.each([
    ['that never existed', '01890000-0000-7000-8000-000000000000'],
    ['of no form', 'res-1'],
    ['of nothing', ''],
    ['with a NUL', 'a\u0000b'],
  ])('answers 404 for an id %s', async (_what, id) => {
    const answer = await place(orderOf(id, 1));
    expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
  });

  it("answers 404 for another partner's reservation", async () => {
    const reservationId = await reserved(house, 1);
    const answer = await house.post('/api/ota/orders', orderOf(reservationId, 1), { key: 'ota_2' });
    expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    expect(await unitsOf(reservationId)).toMatchObject({ ordered: 0 });
  });

  it('answers 409 when it was released', async () => {
    const reservationId = await reserved(house, 1);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    const answer = await place(orderOf(reservationId, 1));
    expect([answer.status, answer.body.code]).toEqual([409, 'RESERVATION_NOT_HELD']);
    expect(answer.body.detail).toContain('released');
  });

  it('answers 409 once its time is over, even before its run has ended it', async () => {
    const reservationId = await reserved(house, 1);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() - interval '1 second' where reservation_id = $1`,
      [reservationId],
    );
    const answer = await place(orderOf(reservationId, 1));
    expect([answer.status, answer.body.code]).toEqual([409, 'RESERVATION_NOT_HELD']);
  });
});

describe('POST /api/ota/orders with an Idempotency-Key', () => {
  it('gives a repeat the first answer, also after the reservation was released', async () => {
    const reservationId = await reserved(house, 2);
    const body = orderOf(reservationId, 2, { reference: 'keyed' });
    const headers = { 'Idempotency-Key': 'order-key' };
    const first = await place(body, headers);
    const second = await place(body, headers);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    const third = await place(body, headers);
    for (const repeat of [second, third]) {
      expect([repeat.status, repeat.text]).toEqual([201, first.text]);
      expect(repeat.headers.get('Idempotent-Replayed')).toBe('true');
    }
    expect(await house.sql(`select 1 from orders where reservation_id = $1`, [reservationId])).toHaveLength(
      1,
    );
  });

  it('refuses another body under the same key, and leaves a key free after a refusal', async () => {
    const reservationId = await reserved(house, 2);
    const headers = { 'Idempotency-Key': 'order-key-2' };
    expect((await place(orderOf(reservationId, 3), headers)).status).toBe(409);
    expect((await place(orderOf(reservationId, 1), headers)).status).toBe(201);
    const other = await place(orderOf(reservationId, 2), headers);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('makes one order of 20 parallel repeats, also with a reference', async () => {
    const reservationId = await reserved(house, 2);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        place(orderOf(reservationId, 2, { reference: 'together' }), { 'Idempotency-Key': 'order-key-3' }),
      ),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
