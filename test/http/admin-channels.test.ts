import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyCutOff } from '../../src/db/queries/apply-cut-off.ts';
import { type House, openHouse } from '../support/house.ts';
import { badFields, ordered, reserved } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const admin = { key: 'admin' } as const;
const move = (body: object, headers: Record<string, string> = {}) =>
  house.post('/api/admin/channels/move', body, { ...admin, headers });
const poolOf = async (productId: number, channel: string) => {
  const { body } = await house.get('/api/admin/inventory', admin);
  const product = body.items.find(({ product_id }: { product_id: number }) => product_id === productId);
  return product.channels.find((pool: { channel: string }) => pool.channel === channel);
};
const ledgerOf = (reason: string) =>
  house.sql(
    `select product_id, channel, delta_allocated from inventory_ledger where reason = $1 order by entry_id`,
    [reason],
  );

describe('GET /api/admin/inventory', () => {
  it('shows every channel of every product, a page at a time', async () => {
    const first = await house.get('/api/admin/inventory?limit=2', admin);
    expect(first.body.items.map((item: { product_id: number }) => item.product_id)).toEqual([106, 107]);
    expect(first.body.items[0]).toEqual({
      product_id: 106,
      name: 'Premium Plan',
      sellable_cap: 3000,
      unallocated: 0,
      channels: [
        { channel: 'direct', allocated: 1000, reserved: 0, sold: 0, free: 1000 },
        { channel: 'ota', allocated: 2000, reserved: 0, sold: 0, free: 2000 },
      ],
    });
    const next = await house.get(`/api/admin/inventory?cursor=${first.body.next_cursor}`, admin);
    expect(next.body.items.map((item: { product_id: number }) => item.product_id)).toEqual([108]);
    expect(next.body.next_cursor).toBeNull();
  });
});

describe('POST /api/admin/channels/move', () => {
  it('moves free units and writes ledger and audit', async () => {
    const answer = await move({ product_id: 106, from: 'ota', to: 'direct', units: 100 });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      product_id: 106,
      units: 100,
      from: { channel: 'ota', allocated: 1900, reserved: 0, sold: 0, free: 1900 },
      to: { channel: 'direct', allocated: 1100, reserved: 0, sold: 0, free: 1100 },
    });
    expect(await ledgerOf('moved')).toEqual([
      { product_id: 106, channel: 'ota', delta_allocated: -100 },
      { product_id: 106, channel: 'direct', delta_allocated: 100 },
    ]);
    expect(
      await house.sql(`select actor, subject, outcome from audit_log where action = 'move_allocation'`),
    ).toEqual([{ actor: 'demo-operator', subject: '106: 100 from ota to direct', outcome: 'accepted' }]);
    expect(await house.disagreements()).toEqual([]);
  });

  it('begins the pool of a partner that sells through a channel of its own', async () => {
    const partner = { partner_id: 'klook', name: 'Klook', channel: 'ota-klook' };
    expect((await house.post('/api/admin/partners', partner, admin)).status).toBe(201);
    const created = await house.post(
      '/api/admin/partners/klook/keys',
      { permissions: ['inventory:read', 'reservations:write'] },
      admin,
    );
    const mine = { key: null, headers: { 'X-API-Key': created.body.api_key } };
    const nothing = await house.post('/api/ota/reserve', { product_id: 107, quantity: 1 }, mine);
    expect([nothing.status, nothing.body.available]).toEqual([409, 0]);

    expect((await move({ product_id: 107, from: 'ota', to: 'ota-klook', units: 5 })).status).toBe(200);
    const { body } = await house.get('/api/ota/inventory?product_ids=107', mine);
    expect(body.available_quantities).toEqual({ 107: 5 });
    const before = await poolOf(107, 'ota');
    expect((await house.post('/api/ota/reserve', { product_id: 107, quantity: 5 }, mine)).status).toBe(201);
    const sixth = await house.post('/api/ota/reserve', { product_id: 107, quantity: 1 }, mine);
    expect([sixth.status, sixth.body.code]).toEqual([409, 'ALLOTMENT_EXHAUSTED']);
    expect(await poolOf(107, 'ota')).toEqual(before);
    expect(await house.disagreements()).toEqual([]);
  });

  it('answers 409 with the numbers when the units are not free, and moves none', async () => {
    await reserved(house, 400, 108);
    const answer = await move({ product_id: 108, from: 'ota', to: 'direct', units: 1101 });
    expect([answer.status, answer.body.code]).toEqual([409, 'ALLOCATION_NOT_FREE']);
    expect(answer.body).toMatchObject({
      product_id: 108,
      channel: 'ota',
      allocated: 1500,
      reserved: 400,
      sold: 0,
      free: 1100,
    });
    expect(answer.body.detail).toBe(
      'Product 108 has 1500 units allocated to channel ota: 400 reserved, 0 sold, 1100 free; 1101 were to be moved.',
    );
    expect((await move({ product_id: 108, from: 'nowhere', to: 'direct', units: 1 })).body.free).toBe(0);
    expect((await move({ product_id: 108, from: 'ota', to: 'direct', units: 1100 })).status).toBe(200);
    expect(await house.disagreements()).toEqual([]);
  });

  it('answers 422 naming every bad field', async () => {
    const answer = await move({ product_id: 'x', from: 'OTA', to: '', units: 0, extra: 1 });
    expect([answer.status, badFields(answer)]).toEqual([422, ['extra', 'from', 'product_id', 'to', 'units']]);
    const unknown = await move({ product_id: 999, from: 'ota', to: 'direct', units: 1 });
    expect([unknown.status, badFields(unknown)]).toEqual([422, ['product_id']]);
    const same = await move({ product_id: 106, from: 'ota', to: 'ota', units: 1 });
    expect([same.status, badFields(same)]).toEqual([422, ['to']]);
  });

  it('moves once for an Idempotency-Key', async () => {
    const before = (await poolOf(106, 'direct')).allocated;
    const body = { product_id: 106, from: 'ota', to: 'direct', units: 7 };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => move(body, { 'Idempotency-Key': 'move-7' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await poolOf(106, 'direct')).allocated).toBe(before + 7);
  });

  it('never oversells while 50 callers reserve and orders are placed', async () => {
    const productId = 107;
    const { allocated } = await poolOf(productId, 'ota');
    await move({ product_id: productId, from: 'ota', to: 'direct', units: allocated - 40 });
    const calls = Array.from({ length: 50 }, (_, n) =>
      n % 5 === 4
        ? move({ product_id: productId, from: 'ota', to: 'ota-klook', units: 3 })
        : house.post('/api/ota/reserve', { product_id: productId, quantity: 1 }),
    );
    const back = Array.from({ length: 10 }, () =>
      move({ product_id: productId, from: 'direct', to: 'ota', units: 1 }),
    );
    const answers = await Promise.all([...calls, ...back]);
    for (const { status, body } of answers) {
      const refusedForRoom = ['ALLOTMENT_EXHAUSTED', 'ALLOCATION_NOT_FREE', 'UNAVAILABLE'].includes(
        body.code,
      );
      expect([status, status < 300 || refusedForRoom]).toEqual([status, true]);
    }
    const taken = answers.slice(0, 50).filter(({ status }) => status === 201);
    const movedAway = answers.slice(0, 50).filter(({ status }) => status === 200);
    const movedBack = answers.slice(50).filter(({ status }) => status === 200);
    expect(await poolOf(productId, 'ota')).toMatchObject({
      allocated: 40 - 3 * movedAway.length + movedBack.length,
      reserved: taken.length,
    });
    expect(await house.disagreements()).toEqual([]);
  });
});

describe('POST /api/admin/inventory/{product_id}', () => {
  const set = (productId: number | string, body: object) =>
    house.post(`/api/admin/inventory/${productId}`, body, admin);

  it('sets the cap and allocations at once, new channels too', async () => {
    const answer = await set(108, { sellable_cap: 3000, allocations: { 'ota-new': 200, empty: 0 } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ sellable_cap: 3000, unallocated: 300 });
    expect(await poolOf(108, 'ota-new')).toMatchObject({ allocated: 200, free: 200 });
    expect(await house.disagreements()).toEqual([]);
    expect((await set(108, { allocations: { 'ota-new': 0 } })).status).toBe(200);
    expect(await house.disagreements()).toEqual([]);
  });

  it('answers 409 with the numbers below what is reserved and sold', async () => {
    await ordered(house, await reserved(house, 10, 106), 2);
    const { reserved: held, sold, allocated } = await poolOf(106, 'ota');
    const answer = await set(106, { allocations: { ota: held + sold - 1, direct: 5 } });
    expect([answer.status, answer.body.code]).toEqual([409, 'ALLOCATION_NOT_FREE']);
    expect(answer.body).toMatchObject({ channel: 'ota', allocated, reserved: held, sold });
    expect(await house.disagreements()).toEqual([]);
  });

  it('answers 409 with the numbers above the cap', async () => {
    const answer = await set(106, { sellable_cap: 2999 });
    expect([answer.status, answer.body.code]).toEqual([409, 'ALLOCATIONS_EXCEED_CAP']);
    expect(answer.body).toMatchObject({ product_id: 106, sellable_cap: 2999, allocated: 3000 });
    expect((await set(106, { allocations: { 'ota-x': 1 } })).body).toMatchObject({
      code: 'ALLOCATIONS_EXCEED_CAP',
      sellable_cap: 3000,
      allocated: 3001,
    });
  });

  it('answers 404 to an unknown product and 422 naming bad fields', async () => {
    expect((await set(999, { sellable_cap: 1 })).status).toBe(404);
    const answer = await set(106, { sellable_cap: -1, allocations: { 'No Channel': 1, ota: 0.5 } });
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(['allocations.No Channel', 'allocations.ota', 'sellable_cap']);
  });
});

describe('cut-off rules', () => {
  const zone = 'Asia/Hong_Kong';
  const dayFromToday = async (days: number) => {
    const [row] = await house.sql<{ day: string }>(
      `select to_char((clock_timestamp() at time zone '${zone}')::date + $1::int, 'YYYY-MM-DD') as day`,
      [days],
    );
    return row?.day ?? '';
  };
  const add = (body: object) => house.post('/api/admin/cut-off-rules', body, admin);

  it('are added, listed and removed', async () => {
    const body = { product_id: 106, channel: 'ota', cut_off_date: '2031-01-01', days_before: 7, keep: 5 };
    const added = await add(body);
    expect([added.status, added.body]).toEqual([
      201,
      {
        ...body,
        rule_id: expect.any(String),
        created_at: expect.any(String),
        applied_at: null,
        moved_units: null,
      },
    ]);
    const again = await add(body);
    expect([again.status, again.body.code]).toEqual([409, 'ALREADY_EXISTS']);
    const { body: list } = await house.get('/api/admin/cut-off-rules', admin);
    expect(list.items).toEqual([added.body]);
    const path = `/api/admin/cut-off-rules/${added.body.rule_id}`;
    expect((await house.delete(path, admin)).body).toEqual(added.body);
    expect((await house.delete(path, admin)).status).toBe(404);
  });

  it('are refused with 422 naming each field', async () => {
    const bad = await add({
      product_id: 999,
      channel: 'direct',
      cut_off_date: '2031-02-30',
      days_before: -1,
    });
    expect([bad.status, badFields(bad)]).toEqual([
      422,
      ['channel', 'cut_off_date', 'days_before', 'product_id'],
    ]);
    const unknown = await add({
      product_id: 999,
      channel: 'ota',
      cut_off_date: '2031-02-28',
      days_before: 1,
    });
    expect([unknown.status, badFields(unknown)]).toEqual([422, ['product_id']]);
  });

  it('are refused for a date before today in the time zone of the business, which nothing would wait for', async () => {
    const past = { product_id: 999, channel: 'ota', cut_off_date: await dayFromToday(-1), days_before: 0 };
    const answer = await add(past);
    expect([answer.status, badFields(answer)]).toEqual([422, ['cut_off_date', 'product_id']]);
    expect(badFields(await add({ ...past, keep: -1 }))).toEqual(['cut_off_date', 'keep', 'product_id']);
    expect(badFields(await add({ ...past, product_id: 106 }))).toEqual(['cut_off_date']);
    const pool = await poolOf(106, 'ota');
    expect(await applyCutOff(house.em(), zone)).toBeUndefined();
    expect(await poolOf(106, 'ota')).toEqual(pool);
  });

  it('wait for their day, then return free units above what they keep, once, with two workers at it', async () => {
    await house.post('/api/admin/inventory/108', { allocations: { ota: 430 } }, admin);
    const before = { ota: await poolOf(108, 'ota'), direct: await poolOf(108, 'direct') };
    expect(before.ota).toMatchObject({ allocated: 430, reserved: 400, free: 30 });
    await add({
      product_id: 108,
      channel: 'ota',
      cut_off_date: await dayFromToday(8),
      days_before: 7,
      keep: 10,
    });
    expect(await applyCutOff(house.em(), zone)).toBeUndefined();

    const due = await add({
      product_id: 108,
      channel: 'ota',
      cut_off_date: await dayFromToday(7),
      days_before: 7,
      keep: 10,
    });
    const applied = await Promise.all(Array.from({ length: 6 }, () => applyCutOff(house.em(), zone)));
    expect(applied.filter((one) => one !== undefined)).toEqual([
      { rule_id: due.body.rule_id, product_id: 108, channel: 'ota', units: 20 },
    ]);
    expect(await applyCutOff(house.em(), zone)).toBeUndefined();
    expect(await poolOf(108, 'ota')).toMatchObject({ allocated: 410, free: 10 });
    expect((await poolOf(108, 'direct')).allocated).toBe(before.direct.allocated + 20);
    expect(await ledgerOf('cut_off')).toEqual([
      { product_id: 108, channel: 'ota', delta_allocated: -20 },
      { product_id: 108, channel: 'direct', delta_allocated: 20 },
    ]);
    const { body } = await house.get('/api/admin/cut-off-rules', admin);
    expect(body.items[0]).toMatchObject({ moved_units: 20, applied_at: expect.any(String) });
    expect(await house.sql(`select actor, subject from audit_log where action = 'cut_off'`)).toEqual([
      { actor: 'worker', subject: '108: 20 from ota to direct' },
    ]);
    expect(await house.disagreements()).toEqual([]);
  });

  it('move nothing where no unit is free, and count as applied; several are applied at the same time', async () => {
    const rules = await Promise.all(
      [0, 1, 2].map(async (days) =>
        add({
          product_id: 108,
          channel: 'ota',
          cut_off_date: await dayFromToday(days),
          days_before: 9,
          keep: 10,
        }),
      ),
    );
    await add({ product_id: 106, channel: 'nowhere', cut_off_date: await dayFromToday(0), days_before: 0 });
    const applied = await Promise.all(Array.from({ length: 4 }, () => applyCutOff(house.em(), zone)));
    expect(new Set(applied.map((one) => one?.rule_id)).size).toBe(4);
    expect(applied.map((one) => one?.units)).toEqual([0, 0, 0, 0]);
    expect(rules.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await house.disagreements()).toEqual([]);
  });
});
