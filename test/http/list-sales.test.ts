import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type House, openHouse } from '../support/house.ts';
import { badFields, breakdown, customer, ordered, reserved, SATURDAY, sold } from '../support/sale.ts';

type Listed = Record<string, unknown> & { reservation_id: string; order_id: string };
type KeyName = 'ota' | 'ota_2' | 'admin';

let house: House;
/** All of the first partner, oldest first. */
let reservations: string[];
let orders: string[];
let paid: Awaited<ReturnType<typeof sold>>;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  paid = await sold(house, 1, 107);
  reservations = [paid.reservationId];
  orders = [paid.orderId];
  for (let number = 1; number <= 7; number += 1) {
    const id = await reserved(house, 3);
    reservations.push(id);
    orders.push((await ordered(house, id, 1)).order_id);
  }
  const foreign = await house.post('/api/ota/reserve', { product_id: 106, quantity: 1 }, { key: 'ota_2' });
  expect(foreign.status).toBe(201);
});
afterAll(() => house.close());

const list = (path: string, query: Record<string, string | number> = {}, key: KeyName = 'ota') =>
  house.get(
    `${path}?${new URLSearchParams(Object.entries(query).map(([k, v]): [string, string] => [k, String(v)]))}`,
    {
      key,
    },
  );

async function walk(path: string, query: Record<string, string | number>, key: KeyName = 'ota') {
  const items: Listed[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const answer = await list(path, { ...query, ...(cursor !== null && { cursor }) }, key);
    expect(answer.status).toBe(200);
    items.push(...answer.body.items);
    cursor = answer.body.next_cursor;
    pages += 1;
  } while (cursor !== null);
  return { items, pages };
}

/** The day on the wall calendar of the business, shifted by whole days. */
const businessDay = (shift = 0) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Hong_Kong' }).format(Date.now() + shift * 86_400_000);

const lists = [
  ['/api/ota/reservations', (item: Listed) => item.reservation_id, () => reservations],
  ['/api/ota/orders', (item: Listed) => item.order_id, () => orders],
] as const;

describe.each(lists)('GET %s', (path, idOf, all) => {
  it.each([1, 3, 8, 500])(
    'leads through everything, newest first, each once, in pages of %i',
    async (limit) => {
      const { items, pages } = await walk(path, { limit });
      expect(items.map(idOf)).toEqual(all().toReversed());
      expect(pages).toBe(Math.ceil(all().length / limit));
    },
  );

  it('goes on where it was while new ones come in', async () => {
    const first = await list(path, { limit: 2 });
    const { order_id: orderId, reservation_id: reservationId } = (await ordered(
      house,
      await reserved(house, 1),
      1,
    )) as unknown as Listed;
    const second = await list(path, { limit: 2, cursor: first.body.next_cursor });
    expect(second.body.items.map(idOf)).toEqual(all().toReversed().slice(2, 4));
    reservations.push(reservationId);
    orders.push(orderId);
  });

  it('shows each as it is shown alone', async () => {
    const { body } = await list(path, { limit: 2 });
    for (const item of body.items) {
      expect((await house.get(`${path}/${idOf(item)}`)).body).toEqual(item);
    }
  });

  it('filters by product and by business day, both ends included', async () => {
    const idsOf = async (query: Record<string, string | number>) => (await walk(path, query)).items.map(idOf);
    expect(await idsOf({ product_id: 107 })).toEqual([all()[0]]);
    expect(await idsOf({ product_id: 108 })).toEqual([]);
    expect(await idsOf({ product_id: 999 })).toEqual([]);
    expect(await idsOf({ from: businessDay(), to: businessDay() })).toEqual(all().toReversed());
    expect(await idsOf({ from: businessDay(-1) })).toEqual(all().toReversed());
    expect(await idsOf({ to: businessDay(-1) })).toEqual([]);
    expect(await idsOf({ from: businessDay(1) })).toEqual([]);
  });

  it('finds by the reference of the partner', async () => {
    const reference = `trip ${randomUUID()} & more`;
    const { body: held } = await house.post('/api/ota/reserve', { product_id: 106, quantity: 2, reference });
    const { body: order } = await house.post('/api/ota/orders', {
      reservation_id: held.reservation_id,
      customer_details: customer,
      pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
      reference,
    });
    reservations.push(held.reservation_id);
    orders.push(order.order_id);
    const found = await list(path, { reference });
    expect(found.body.items.map(idOf)).toEqual([all().at(-1)]);
    expect((await list(path, { reference }, 'ota_2')).body.items).toEqual([]);
    expect((await list(path, { reference: reference.slice(0, -1) })).body.items).toEqual([]);
  });

  it("shows a partner its own only, and an operator everybody's", async () => {
    const own = await walk(path, {}, 'ota_2');
    expect(own.items.map(idOf).filter((id) => all().includes(id))).toEqual([]);
    const everybodys = (await walk(path, { limit: 4 }, 'admin')).items.map(idOf);
    expect(everybodys).toEqual(expect.arrayContaining(all()));
    expect(new Set(everybodys).size).toBe(everybodys.length);
  });

  it('does not lead elsewhere by a cursor of another partner', async () => {
    const { body } = await list(path, { limit: 2 });
    const foreign = await list(path, { cursor: body.next_cursor }, 'ota_2');
    expect(foreign.status).toBe(200);
    expect(foreign.body.items.map(idOf).filter((id: string) => all().includes(id))).toEqual([]);
  });

  it('refuses bad input, every field at once', async () => {
    const bad = await list(path, {
      status: 'lost',
      product_id: 'x',
      from: '2026-02-30',
      to: 'tomorrow',
      limit: 501,
      cursor: 'x'.repeat(201),
      reference: '',
      page: 2,
    });
    expect([bad.status, badFields(bad)]).toEqual([
      422,
      ['cursor', 'from', 'limit', 'page', 'product_id', 'reference', 'status', 'to'],
    ]);
    const forged = await list(path, {
      ...{ product_id: 'abc', limit: 0, foo: 1 },
      ...{ cursor: 'zzz', from: '2026-01-02', to: '2026-01-01' },
    });
    expect(badFields(forged)).toEqual(['cursor', 'foo', 'limit', 'product_id', 'to']);
    for (const query of [
      { cursor: 'x' },
      { cursor: Buffer.from('after:1').toString('base64url') },
      { limit: 0 },
      { limit: 'many' },
      { product_id: 0 },
      { product_id: 2 ** 31 },
      { from: '2026-01-02', to: '2026-01-01' },
      { reference: '\u0000' },
    ]) {
      const answer = await list(path, query);
      expect([query, answer.status]).toEqual([query, 422]);
    }
  });
});

describe('GET /api/ota/reservations', () => {
  it('filters by status', async () => {
    const idsOf = async (status: string) =>
      (await walk('/api/ota/reservations', { status, limit: 3 })).items.map((item) => item.reservation_id);
    expect(await idsOf('completed')).toEqual([paid.reservationId]);
    expect(await idsOf('held')).toEqual(reservations.slice(1).toReversed());
    expect(await idsOf('released')).toEqual([]);
  });
});

describe('GET /api/ota/orders', () => {
  it('filters by status and by reservation', async () => {
    const idsOf = async (query: Record<string, string>) =>
      (await walk('/api/ota/orders', query)).items.map((item) => item.order_id);
    expect(await idsOf({ status: 'fulfilled' })).toEqual([paid.orderId]);
    expect(await idsOf({ status: 'pending_payment' })).toEqual(orders.slice(1).toReversed());
    expect(await idsOf({ reservation_id: reservations[3] ?? '' })).toEqual([orders[3]]);
    expect(await idsOf({ reservation_id: 'no-uuid' })).toEqual([]);
    expect(await idsOf({ reservation_id: randomUUID() })).toEqual([]);
  });

  it('shows an order of several lines of one product once, with all its lines, when asked by the product', async () => {
    const item = (visit_date: string) => ({
      product_id: 106,
      qty: 1,
      pricing_context: { visit_date, customer_breakdown: breakdown(1) },
    });
    const placed = await house.post(
      '/orders',
      {
        items: [item(SATURDAY), item('2030-06-12'), { ...item(SATURDAY), product_id: 107 }],
        out_trade_no: randomUUID(),
        customer_details: customer,
      },
      { key: 'direct' },
    );
    expect(placed.status).toBe(201);
    const { body } = await house.get('/api/ota/orders?product_id=106', { key: 'direct' });
    expect(body.items.map(({ order_id: id }: Listed) => id)).toEqual([placed.body.order_id]);
    expect(body.items[0].items.map((line: { product_id: number }) => line.product_id)).toEqual([
      106, 106, 107,
    ]);
  });
});
