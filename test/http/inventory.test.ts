import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type House, openHouse } from '../support/house.ts';
import { badFields, reserved } from '../support/sale.ts';

describe('GET /api/ota/inventory', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  const inventory = (query = '') => house.get(`/api/ota/inventory${query}`);
  const calendarOf = async (range: string, productId = '106') => {
    const answer = await inventory(`?product_ids=${productId}&date_range=${range}`);
    expect(answer.status).toBe(200);
    return answer.body.pricing_context.products[productId].calendar;
  };

  it("shows every product's units of the caller's channel, and its prices", async () => {
    const answer = await inventory();
    expect(answer.status).toBe(200);
    expect(answer.body.available_quantities).toEqual({ 106: 2000, 107: 1500, 108: 1500 });
    const { products, ...context } = answer.body.pricing_context;
    expect(context).toEqual({
      currency: 'HKD',
      currency_precision: 2,
      customer_types: ['adult', 'child', 'elderly'],
    });
    expect(products[106]).toEqual({
      name: 'Premium Plan',
      unit_prices: {
        adult: { weekday: 28800, weekend: 31800 },
        child: { weekday: 18800, weekend: 18800 },
        elderly: { weekday: 18800, weekend: 18800 },
      },
      addons: expect.arrayContaining([
        {
          addon_id: 'tokens-plan-a',
          label: expect.any(String),
          unit_price: 10000,
          entitlements: [{ function_code: 'playground_tokens', quantity: 10 }],
        },
      ]),
      special_dates: [
        { date: '2025-12-31', multiplier: 1.5 },
        { date: '2026-02-18', multiplier: 1.3 },
      ],
    });
    expect(products[107].addons.map(({ addon_id }: { addon_id: string }) => addon_id)).toEqual([
      'tokens-plan-a',
    ]);
    expect(answer.body.as_of).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it("shows the web shop its own channel's units", async () => {
    const answer = await house.get('/api/ota/inventory', { key: 'direct' });
    expect(answer.body.available_quantities).toEqual({ 106: 1000, 107: 1000, 108: 1000 });
  });

  it.each([
    ['a comma list', '?product_ids=106,108'],
    ['a comma list with spaces', '?product_ids=106,%20108'],
    ['a repeated parameter', '?product_ids=108&product_ids=106'],
    ['a mixture with repetitions', '?product_ids=106,108&product_ids=106'],
  ])('narrows to the products of %s', async (_what, query) => {
    const { body } = await inventory(query);
    expect(body.available_quantities).toEqual({ 106: 2000, 108: 1500 });
    expect(Object.keys(body.pricing_context.products)).toEqual(['106', '108']);
  });

  it('counts a reservation at once', async () => {
    await reserved(house, 7, 108);
    const { body } = await inventory('?product_ids=108');
    expect(body.available_quantities).toEqual({ 108: 1493 });
  });

  it('shows each date of a range with its day type and prices', async () => {
    // Christmas Day 2026 is a Friday.
    expect(await calendarOf('2026-12-24/2026-12-27')).toEqual([
      day('2026-12-24', 'weekday', 28800),
      day('2026-12-25', 'weekend', 31800),
      day('2026-12-26', 'weekend', 31800),
      day('2026-12-27', 'weekend', 31800),
    ]);
  });

  it('lets a special date override the day type, also where it is a public holiday', async () => {
    expect(await calendarOf('2025-12-31/2026-01-01')).toEqual([
      day('2025-12-31', 'special', 43200),
      day('2026-01-01', 'weekend', 31800),
    ]);
    expect(await calendarOf('2026-02-18/2026-02-18')).toEqual([day('2026-02-18', 'special', 37440)]);
  });

  it('leaves the calendar out where no range is asked for', async () => {
    const { body } = await inventory('?product_ids=106');
    expect(body.pricing_context.products[106]).not.toHaveProperty('calendar');
  });

  it('shows 366 days, and refuses 367', async () => {
    expect(await calendarOf('2028-01-01/2028-12-31')).toHaveLength(366);
    const answer = await inventory('?date_range=2028-01-01/2029-01-01');
    expect([answer.status, badFields(answer)]).toEqual([422, ['date_range']]);
  });

  it.each([
    ['a reversed range', '2026-12-31/2026-12-01'],
    ['a single date', '2026-12-01'],
    ['three dates', '2026-12-01/2026-12-02/2026-12-03'],
    ['a date that does not exist', '2026-02-28/2026-02-30'],
    ['text', 'soon/later'],
    ['nothing', ''],
    ['a range beyond the published prices', '2032-12-31/2033-01-01'],
  ])('refuses %s as date_range', async (_what, range) => {
    const answer = await inventory(`?date_range=${range}`);
    expect([answer.status, answer.body.code]).toEqual([422, 'VALIDATION_FAILED']);
    expect(badFields(answer)).toEqual(['date_range']);
  });

  it.each([
    ['an unknown product', '999'],
    ['text', 'abc'],
    ['nothing', ''],
    ['a gap in the list', '106,,107'],
    ['a second spelling', '0106'],
    ['another separator', '106;108'],
    ['a very long number', '9'.repeat(400)],
    ['a control character', '%00'],
  ])('refuses %s as product_ids', async (_what, list) => {
    const answer = await inventory(`?product_ids=${list}`);
    expect([answer.status, badFields(answer)[0]]).toEqual([422, 'product_ids']);
  });

  it('names every bad field at once', async () => {
    const known = await inventory('?product_ids=1,2,106&date_range=never');
    expect(known.status).toBe(422);
    expect(badFields(known)).toEqual(['date_range', 'product_ids']);
    expect(known.body.errors).toHaveLength(3);
    const unknown = await inventory('?productids=106&date_range=2026-12-01/2026-12-02&date_range=x');
    expect(unknown.status).toBe(422);
    expect(badFields(unknown)).toEqual(['date_range', 'productids']);
  });

  it('hides a product that is off sale', async () => {
    await house.sql(`update products set active = false where product_id = 107`);
    expect((await inventory()).body.available_quantities).not.toHaveProperty('107');
    expect((await inventory('?product_ids=107')).status).toBe(422);
    await house.sql(`update products set active = true where product_id = 107`);
  });
});

const day = (date: string, dayType: string, adult: number) => ({
  date,
  day_type: dayType,
  unit_prices: { adult, child: 18800, elderly: 18800 },
});
