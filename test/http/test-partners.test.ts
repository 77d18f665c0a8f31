import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type House, openHouse } from '../support/house.ts';
import { pool } from '../support/runs.ts';
import { badFields } from '../support/sale.ts';
import { testKeyOf } from '../support/test-partner.ts';

let house: House;
let test: string;
beforeAll(async () => {
  house = await openHouse();
  test = await testKeyOf(house, 'sandbox-1', ['inventory:read']);
  await testKeyOf(house, 'sandbox-2', ['inventory:read']);
});
afterAll(() => house.close());

const admin = { key: 'admin' } as const;

describe('POST /api/admin/partners with mode test', () => {
  const create = (body: object) => house.post('/api/admin/partners', { name: 'Trial', ...body }, admin);

  it('makes a partner of the sandbox, with a channel of its own and its own limit', async () => {
    const { status, body } = await create({ partner_id: 'trial', mode: 'test', per_minute: 5 });
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ partner_id: 'trial', channel: 'test-trial', mode: 'test', per_minute: 5 }),
    ]);
    expect((await house.get('/api/admin/partners/trial', admin)).body).toEqual(body);
    expect((await house.get('/api/admin/partners/demo-ota', admin)).body.mode).toBe('live');
    expect(await pool(house, 108, 'test-trial')).toEqual({ allocated: 1000, reserved: 0, sold: 0 });
  });

  it('gives its keys nothing that reaches live tickets or stock', async () => {
    const wanted = { permissions: ['inventory:read', 'tickets:redeem', 'admin'] };
    const answer = await house.post('/api/admin/partners/sandbox-1/keys', wanted, admin);
    expect([answer.status, badFields(answer)]).toEqual([422, ['permissions.1', 'permissions.2']]);
  });

  it('answers 422 naming a channel beside it, none for a live one, and an id too long for a channel', async () => {
    const beside = await create({ partner_id: 'two', mode: 'test', channel: 'ota' });
    const without = await create({ partner_id: 'two', mode: 'live' });
    const absent = await create({ partner_id: 'two' });
    for (const answer of [beside, without, absent]) {
      expect([answer.status, badFields(answer)]).toEqual([422, ['channel']]);
    }
    const long = await create({ partner_id: 'x'.repeat(36), mode: 'test', name: '' });
    expect([long.status, badFields(long)]).toEqual([422, ['name', 'partner_id']]);
    expect((await create({ partner_id: 'x'.repeat(35), mode: 'test' })).status).toBe(201);
    const both = await create({ partner_id: '', mode: 'sandbox' });
    expect(badFields(both)).toEqual(['channel', 'mode', 'partner_id']);
  });

  it('leaves pools alone that its channel has', async () => {
    const allocations = { 'test-early': 5 };
    await house.post('/api/admin/inventory/107', { allocations }, admin);
    expect((await create({ partner_id: 'early', mode: 'test' })).status).toBe(201);
    expect(await pool(house, 107, 'test-early')).toEqual({ allocated: 5, reserved: 0, sold: 0 });
    expect(await pool(house, 106, 'test-early')).toEqual({ allocated: 1000, reserved: 0, sold: 0 });
    expect(await house.disagreements()).toEqual([]);
  });
});

describe('units of the sandbox', () => {
  const price = { weekday: 100, weekend: 100 };
  const product = (productId: number, more: object = {}) => ({
    product_id: productId,
    name: 'Night Plan',
    sellable_cap: 50,
    functions: [{ function_code: 'ferry', label: 'Ferry', quantity: 1 }],
    prices: { unit_prices: { adult: price, child: price, elderly: price } },
    ...more,
  });

  it('are there of a new product, for every test partner there is', async () => {
    const made = await house.post(
      '/api/admin/products',
      product(901, { allocations: { ota: 50, 'test-sandbox-2': 3 } }),
      admin,
    );
    expect(made.status).toBe(201);
    expect(await pool(house, 901, 'test-sandbox-1')).toEqual({ allocated: 1000, reserved: 0, sold: 0 });
    expect(await pool(house, 901, 'test-sandbox-2')).toEqual({ allocated: 3, reserved: 0, sold: 0 });
    const { body } = await house.get('/api/ota/inventory?product_ids=901', {
      key: null,
      headers: { 'X-API-Key': test },
    });
    expect(body.available_quantities).toEqual({ 901: 1000 });
    expect(await house.disagreements()).toEqual([]);
  });

  it('are there for each of many partners and products that are made at the same time', async () => {
    const ids = [1, 2, 3, 4, 5];
    const answers = await Promise.all(
      ids.flatMap((n) => [
        house.post('/api/admin/products', product(910 + n), admin),
        house.post('/api/admin/partners', { partner_id: `race-${n}`, name: 'Race', mode: 'test' }, admin),
      ]),
    );
    expect(answers.map(({ status, body }) => [status, body.detail])).toEqual(
      answers.map(() => [201, undefined]),
    );
    for (const n of ids) {
      for (const m of ids) {
        expect(await pool(house, 910 + n, `test-race-${m}`)).toEqual({
          allocated: 1000,
          reserved: 0,
          sold: 0,
        });
      }
    }
    expect(await house.disagreements()).toEqual([]);
  });

  it('never move into stock, nor stock among them; 422 names the channel', async () => {
    const move = (from: string, to: string) =>
      house.post('/api/admin/channels/move', { product_id: 106, from, to, units: 1 }, admin);
    for (const answer of [await move('test-sandbox-1', 'ota'), await move('ota', 'test-sandbox-1')]) {
      expect([answer.status, badFields(answer)]).toEqual([422, ['to']]);
    }
    expect((await move('test-sandbox-1', 'test-sandbox-2')).status).toBe(200);
    expect((await move('test-sandbox-2', 'test-sandbox-1')).status).toBe(200);
    const rule = await house.post(
      '/api/admin/cut-off-rules',
      { product_id: 106, channel: 'test-sandbox-1', cut_off_date: '2031-01-01', days_before: 1 },
      admin,
    );
    expect([rule.status, badFields(rule)]).toEqual([422, ['channel']]);
    expect(await house.disagreements()).toEqual([]);
  });

  it('take nothing from the cap, in what is allocated, refused and shown', async () => {
    const set = (allocations: object) => house.post('/api/admin/inventory/901', { allocations }, admin);
    const { body } = await set({ 'test-sandbox-2': 5_000 });
    expect([body.sellable_cap, body.unallocated]).toEqual([50, 0]);
    const over = await set({ ota: 51 });
    expect([over.body.code, over.body.allocated]).toEqual(['ALLOCATIONS_EXCEED_CAP', 51]);
    expect(over.body.detail).toBe(
      'Product 901 would have 51 units allocated (ota 51) with a sellable cap of 50.',
    );
    const tooMany = await house.post(
      '/api/admin/products',
      product(902, { allocations: { ota: 51, 'test-x': 7 } }),
      admin,
    );
    expect([tooMany.status, tooMany.body.allocated]).toEqual([409, 51]);
    expect(await house.disagreements()).toEqual([]);
  });
});
