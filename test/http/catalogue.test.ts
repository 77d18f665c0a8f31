import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type House, openHouse } from '../support/house.ts';
import { badFields, breakdown, reserved, SATURDAY, WEDNESDAY } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const hkd = (amount: number) => ({ amount, currency: 'HKD', currency_precision: 2 });

const calculate = (body: unknown) => house.post('/pricing/calculate', body, { key: null });
const ask = (visitDate: string, more: object = {}) => ({
  product_id: 106,
  visit_date: visitDate,
  customer_breakdown: breakdown(2, 1),
  ...more,
});

describe('GET /catalog', () => {
  it('shows anybody what the own shop sells, in the order of the products', async () => {
    const answer = await house.get('/catalog', { key: null });
    expect(answer.status).toBe(200);
    expect(
      answer.body.products.map((product: { product_id: number; prices: { from: object } }) => [
        product.product_id,
        product.prices.from,
      ]),
    ).toEqual([
      [106, hkd(18_800)],
      [107, hkd(18_800)],
      [108, hkd(18_800)],
    ]);
    expect(answer.body.products[0]).toMatchObject({
      name: 'Premium Plan',
      description: expect.any(String),
      available_quantity: 1000,
      entitlements: [
        { function_code: 'ferry', label: 'Ferry', quantity: 1 },
        { function_code: 'monchhichi_gift', label: 'Monchhichi gift', quantity: 1 },
        { function_code: 'playground_tokens', label: 'Playground tokens', quantity: 10 },
      ],
      prices: { unit_prices: { adult: { weekday: 28_800, weekend: 31_800 } } },
    });
  });

  it('is not touched by what agencies hold: the pools are apart', async () => {
    await reserved(house, 2000);
    const { body } = await house.get('/catalog', { key: null });
    expect(body.products[0].available_quantity).toBe(1000);
  });

  it('leaves out what is off sale', async () => {
    await house.sql(`update products set active = false where product_id = 107`);
    await house.sql(`update product_functions set active = false where function_code = 'tea_set'`);
    const { body } = await house.get('/catalog', { key: null });
    expect(body.products.map(({ product_id }: { product_id: number }) => product_id)).toEqual([106, 108]);
    expect(JSON.stringify(body.products[1].entitlements)).not.toContain('tea_set');
    await house.sql(`update products set active = true where product_id = 107`);
    await house.sql(`update product_functions set active = true where function_code = 'tea_set'`);
  });
});

describe('POST /pricing/calculate', () => {
  it.each([
    ['a weekday', WEDNESDAY, 'weekday', 28_800],
    ['a Saturday', SATURDAY, 'weekend', 31_800],
    ['a public holiday', '2026-12-25', 'weekend', 31_800],
    ['New Year’s Eve 2025', '2025-12-31', 'special', 43_200],
    ['Lunar New Year 2026', '2026-02-18', 'special', 37_440],
  ])('prices %s', async (_what, visitDate, dayType, adult) => {
    const answer = await calculate(ask(visitDate));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      product_id: 106,
      quantity: 3,
      visit_date: visitDate,
      day_type: dayType,
      lines: [
        { customer_type: 'adult', count: 2, unit_price: hkd(adult), amount: hkd(2 * adult) },
        { customer_type: 'child', count: 1, unit_price: hkd(18_800), amount: hkd(18_800) },
      ],
      subtotal: hkd(2 * adult + 18_800),
      addons: [],
      addons_total: hkd(0),
      adjustments: [],
      total: hkd(2 * adult + 18_800),
    });
  });

  it('adds add-ons by their own quantity', async () => {
    const { body } = await calculate(
      ask(WEDNESDAY, { addons: [{ addon_id: 'tokens-plan-c', quantity: 3 }] }),
    );
    expect([body.addons_total, body.total]).toEqual([hkd(120_000), hkd(76_400 + 120_000)]);
  });

  it('answers 404 to an unknown product, and to one that is off sale', async () => {
    expect((await calculate(ask(WEDNESDAY, { product_id: 999 }))).status).toBe(404);
    await house.sql(`update products set active = false where product_id = 108`);
    const answer = await calculate(ask(WEDNESDAY, { product_id: 108 }));
    expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    await house.sql(`update products set active = true where product_id = 108`);
  });

  it('names every bad field at once', async () => {
    const malformed = await calculate({
      product_id: 'x',
      visit_date: 'today',
      customer_breakdown: [{ customer_type: 'adult', count: 1.5 }],
      addons: 'none',
      currency: 'USD',
    });
    expect(malformed.status).toBe(422);
    expect(badFields(malformed)).toEqual([
      'addons',
      'currency',
      'customer_breakdown.0.count',
      'product_id',
      'visit_date',
    ]);
    const impossible = await calculate({
      product_id: 107,
      visit_date: '2033-01-01',
      customer_breakdown: [...breakdown(1), ...breakdown(1)],
      addons: [{ addon_id: 'tokens-plan-b', quantity: 1 }],
    });
    expect(impossible.status).toBe(422);
    expect(badFields(impossible)).toEqual([
      'addons.0.addon_id',
      'customer_breakdown.1.customer_type',
      'visit_date',
    ]);
  });

  it('keeps the greatest price exact', async () => {
    const { body } = await calculate(ask('2025-12-31', { customer_breakdown: breakdown(1_000_000) }));
    expect(body.total).toEqual(hkd(43_200_000_000));
  });

  it('holds nothing', async () => {
    expect(await house.sql(`select 1 from channel_reservations where channel = 'direct'`)).toEqual([]);
  });
});

describe('GET /pricing/rules/{product_id}', () => {
  it('tells everything a price depends on', async () => {
    const answer = await house.get('/pricing/rules/106', { key: null });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      product_id: 106,
      currency: 'HKD',
      currency_precision: 2,
      unit_prices: { elderly: { weekday: 18_800, weekend: 18_800 } },
      special_dates: [
        { date: '2025-12-31', multiplier: 1.5 },
        { date: '2026-02-18', multiplier: 1.3 },
      ],
      calendar_from: '2024-01-01',
      calendar_to: '2032-12-31',
    });
    expect(answer.body.public_holidays).toContain('2026-12-25');
    expect(answer.body.addons).toHaveLength(3);
  });

  it.each(['999', '0', '-106', '106.5', 'abc', '2147483648', '99999999999999999999', '%00'])(
    'answers 404 for the product "%s"',
    async (productId) => {
      const answer = await house.get(`/pricing/rules/${productId}`, { key: null });
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    },
  );
});
