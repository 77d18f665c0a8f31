import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type House, openHouse } from '../support/house.ts';
import { badFields, breakdown, customer, ordered, reserved, SATURDAY, WEDNESDAY } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const admin = { key: 'admin' } as const;
const post = (path: string, body: object) => house.post(`/api/admin/products${path}`, body, admin);
const get = (path: string) => house.get(`/api/admin/products${path}`, admin);
const remove = (path: string) => house.delete(`/api/admin/products${path}`, admin);
const same = (price: number) => ({ weekday: price, weekend: price });
const night = {
  product_id: 109,
  name: 'Night Plan',
  description: 'Ferry after dark',
  functions: [{ function_code: 'ferry', label: 'Ferry', quantity: 1 }],
  prices: {
    unit_prices: { adult: { weekday: 20000, weekend: 22000 }, child: same(9000), elderly: same(9000) },
  },
  sellable_cap: 50,
  allocations: { ota: 20, direct: 30 },
};
const priceOf = async (productId: number, date = SATURDAY, addons?: object[]) => {
  const { body } = await house.post(
    '/pricing/calculate',
    {
      product_id: productId,
      visit_date: date,
      customer_breakdown: breakdown(1),
      ...(addons && { addons }),
    },
    { key: null },
  );
  return body.total?.amount;
};

describe('products', () => {
  it('are put on sale with prices and pools, once', async () => {
    const answer = await post('', night);
    expect([answer.status, answer.headers.get('Location')]).toEqual([201, '/api/admin/products/109']);
    expect(answer.body).toEqual({
      product_id: 109,
      name: 'Night Plan',
      description: 'Ferry after dark',
      active: true,
      functions: [{ function_code: 'ferry', label: 'Ferry', quantity: 1, active: true }],
      price_list_id: expect.any(Number),
    });
    expect(await priceOf(109)).toBe(22000);
    expect(await priceOf(109, WEDNESDAY)).toBe(20000);
    await ordered(house, await reserved(house, 20, 109), 3);
    const over = await house.post('/api/ota/reserve', { product_id: 109, quantity: 1 });
    expect([over.status, over.body.available]).toEqual([409, 0]);
    expect((await post('', night)).body.code).toBe('ALREADY_EXISTS');
    expect((await get('/109')).body).toEqual(answer.body);
    expect(await house.disagreements()).toEqual([]);
  });

  it('are listed by their ids, those off sale too', async () => {
    expect((await post('/109', { active: false, name: 'Late Plan' })).body).toMatchObject({
      active: false,
      name: 'Late Plan',
      description: 'Ferry after dark',
    });
    const gone = await house.post('/api/ota/reserve', { product_id: 109, quantity: 1 });
    expect([gone.status, badFields(gone)]).toEqual([422, ['product_id']]);
    const first = await get('?limit=3');
    const second = await get(`?limit=3&cursor=${first.body.next_cursor}`);
    const ids = [...first.body.items, ...second.body.items].map(
      (one: { product_id: number }) => one.product_id,
    );
    expect(ids).toEqual([106, 107, 108, 109]);
    await post('/109', { active: true });
  });

  it('answer 422 naming each bad field', async () => {
    const answer = await post('', {
      product_id: 0,
      name: '',
      functions: [],
      prices: { currency: 'XYZ', unit_prices: { adult: same(-1), child: same(0.5) }, calendar_from: 'x' },
      sellable_cap: -1,
    });
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual([
      'functions',
      'name',
      'prices.calendar_from',
      'prices.currency',
      'prices.unit_prices.adult.weekday',
      'prices.unit_prices.adult.weekend',
      'prices.unit_prices.child.weekday',
      'prices.unit_prices.child.weekend',
      'prices.unit_prices.elderly',
      'product_id',
      'sellable_cap',
    ]);
    const dates = { calendar_from: '2030-01-01', calendar_to: '2029-01-01' };
    const backwards = await post('', { ...night, product_id: 110, prices: { ...night.prices, ...dates } });
    expect([backwards.status, badFields(backwards)]).toEqual([422, ['prices.calendar_to']]);
    const over = await post('', { ...night, product_id: 110, sellable_cap: 49 });
    expect([over.status, over.body]).toEqual([
      409,
      expect.objectContaining({ code: 'ALLOCATIONS_EXCEED_CAP', sellable_cap: 49, allocated: 50 }),
    ]);
    expect((await get('/110')).status).toBe(404);
  });

  it('keep at least one entitlement while they are on sale', async () => {
    const ferry = { function_code: 'ferry', label: 'Ferry', quantity: 1 };
    const last = await post('/109/functions', { ...ferry, active: false });
    expect([last.status, last.body.code]).toEqual([409, 'ENTITLEMENT_NEEDED']);
    await post('/109/functions', { function_code: 'lamp', label: 'Lamp', quantity: 2 });
    const changed = await post('/109/functions', { ...ferry, active: false });
    expect(changed.body.functions).toEqual([
      { ...ferry, active: false },
      { function_code: 'lamp', label: 'Lamp', quantity: 2, active: true },
    ]);
    await post('/109', { active: false });
    await post('/109/functions', { function_code: 'lamp', label: 'Lamp', quantity: 2, active: false });
    expect((await post('/109', { active: true })).body.code).toBe('ENTITLEMENT_NEEDED');
    await post('/109/functions', ferry);
    expect((await post('/109', { active: true })).status).toBe(200);
  });
});

describe('prices', () => {
  it('are published anew; a hold keeps those it was promised', async () => {
    const reservationId = await reserved(house, 10, 106);
    const before = (await get('/106/prices')).body;
    const answer = await post('/106/prices', { unit_prices: { adult: { weekday: 30000, weekend: 40000 } } });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...before,
      price_list_id: expect.any(Number),
      unit_prices: { ...before.unit_prices, adult: { weekday: 30000, weekend: 40000 } },
    });
    expect(answer.body.price_list_id).toBeGreaterThan(before.price_list_id);
    expect(await priceOf(106)).toBe(40000);

    await post('/106/special-dates', { date: SATURDAY, multiplier: 2 });
    await post('/106/add-ons', {
      addon_id: 'lamp',
      label: 'Lamp',
      unit_price: 1,
      entitlements: [{ function_code: 'lamp', quantity: 1 }],
    });
    const order = (addons?: object[]) =>
      house.post('/api/ota/orders', {
        reservation_id: reservationId,
        customer_details: customer,
        pricing_context: {
          visit_date: SATURDAY,
          customer_breakdown: breakdown(2),
          ...(addons && { addons }),
        },
      });
    expect((await order()).body.payment_required.amount).toBe(2 * 31800);
    expect((await order([{ addon_id: 'lamp', quantity: 1 }])).status).toBe(422);
    const fresh = await ordered(house, await reserved(house, 1, 106), 1);
    expect(fresh.payment_required.amount).toBe(60000);
    expect(await house.disagreements()).toEqual([]);
  });

  it('carry special dates, which can be changed and removed', async () => {
    expect(await priceOf(106)).toBe(60000);
    const changed = await post('/106/special-dates', { date: SATURDAY, multiplier: 1.255 });
    expect(changed.body.special_dates).toContainEqual({ date: SATURDAY, multiplier: 1.255 });
    expect(await priceOf(106)).toBe(37650);
    expect((await remove(`/106/special-dates/${SATURDAY}`)).status).toBe(200);
    expect(await priceOf(106)).toBe(40000);
    expect((await remove(`/106/special-dates/${SATURDAY}`)).status).toBe(404);
    expect((await remove('/106/special-dates/%00')).status).toBe(404);
    const beyond = await post('/106/special-dates', { date: '2050-01-01', multiplier: 1.2345 });
    expect(badFields(beyond)).toEqual(['multiplier']);
    expect(badFields(await post('/106/special-dates', { date: '2050-01-01', multiplier: 1.2 }))).toEqual([
      'date',
    ]);
  });

  it('carry add-ons, which can be changed and removed', async () => {
    const lamp = {
      addon_id: 'lamp',
      label: 'Big lamp',
      unit_price: 500,
      entitlements: [{ function_code: 'lamp', quantity: 2 }],
    };
    const { body } = await post('/106/add-ons', lamp);
    expect(body.addons.filter((one: { addon_id: string }) => one.addon_id === 'lamp')).toEqual([lamp]);
    expect(await priceOf(106, SATURDAY, [{ addon_id: 'lamp', quantity: 3 }])).toBe(41500);
    expect((await remove('/106/add-ons/lamp')).status).toBe(200);
    expect(await priceOf(106, SATURDAY, [{ addon_id: 'lamp', quantity: 3 }])).toBeUndefined();
    expect((await remove('/106/add-ons/lamp')).status).toBe(404);
    const bad = await post('/106/add-ons', { addon_id: 'x', label: 'x', unit_price: 1.5, entitlements: [] });
    expect(badFields(bad)).toEqual(['entitlements', 'unit_price']);
  });

  it('carry a calendar that must fit together', async () => {
    const short = await post('/106/prices', { calendar_to: '2025-01-01' });
    expect([short.status, badFields(short)]).toEqual([422, ['public_holidays', 'special_dates']]);
    const holidays = (await get('/106/prices')).body.public_holidays;
    const { body } = await post('/106/prices', { public_holidays: [...holidays, '2030-06-12'] });
    expect(body.public_holidays).toContain('2030-06-12');
    expect(await priceOf(106, WEDNESDAY)).toBe(40000);
  });

  it('lose no edit of 12 at the same time', async () => {
    const days = Array.from({ length: 12 }, (_, n) => `2031-03-${String(n + 1).padStart(2, '0')}`);
    const answers = await Promise.all(
      days.map((date) => post('/107/special-dates', { date, multiplier: 1.1 })),
    );
    expect(answers.map(({ status }) => status)).toEqual(days.map(() => 200));
    const { body } = await get('/107/prices');
    const dates = body.special_dates.map(({ date }: { date: string }) => date);
    expect(dates).toEqual(expect.arrayContaining(days));
    expect(dates).toEqual(dates.toSorted());
    const [row] = await house.sql(`select count(*)::int from audit_log
                                    where action = 'set_special_date' and subject = '107'`);
    expect(row).toEqual({ count: 12 });
  });

  it('of unknown products are 404', async () => {
    for (const path of ['/999/prices', '/x/prices', '/%00', '/99999999999']) {
      expect((await get(path)).status).toBe(404);
    }
    expect((await post('/999/prices', {})).status).toBe(404);
    expect((await post('/999/functions', { function_code: 'x', label: 'x', quantity: 1 })).status).toBe(404);
    expect((await post('/999', {})).status).toBe(404);
  });
});
