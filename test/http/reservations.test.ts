import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type House, openHouse } from '../support/house.ts';
import { activated, ordered, reserved, sold } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: true });
});
afterAll(() => house.close());

const show = (id: string, key: 'ota' | 'ota_2' | 'admin' = 'ota') =>
  house.get(`/api/ota/reservations/${id}`, { key });
const release = (id: string, key: 'ota' | 'ota_2' = 'ota') =>
  house.delete(`/api/ota/reservations/${id}`, { key });
const pool = async (productId = 106) =>
  (
    await house.sql<{ pool: { reserved: number; sold: number } }>(
      `select channel_allocations -> 'ota' as pool from product_inventory where product_id = $1`,
      [productId],
    )
  )[0]?.pool;
const unknownIds = ['01890000-0000-7000-8000-000000000000', 'res-1', '%00', "1'%20or%201=1"];

describe('GET /api/ota/reservations/{reservation_id}', () => {
  it('shows a fresh hold as it was promised', async () => {
    const { body: held } = await house.post('/api/ota/reserve', {
      product_id: 106,
      quantity: 4,
      reference: 'mine',
    });
    const answer = await show(held.reservation_id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...held,
      units: { held: 4, ordered: 0, sold: 0, released: 0 },
      created_at: expect.any(String),
      ended_at: null,
      orders: [],
    });
  });

  it('counts units through order, payment and release', async () => {
    const id = await reserved(house, 10);
    const units = async () => (await show(id)).body.units;
    const paid = await ordered(house, id, 3);
    await ordered(house, id, 2);
    expect(await units()).toEqual({ held: 10, ordered: 5, sold: 0, released: 0 });
    await activated(house, paid.order_id);
    expect(await units()).toEqual({ held: 7, ordered: 5, sold: 3, released: 0 });

    const released = await release(id);
    expect(released.status).toBe(200);
    expect(released.body.units).toEqual({ held: 0, ordered: 3, sold: 3, released: 7 });
    expect(released.body.orders.map(({ status }: { status: string }) => status)).toEqual([
      'fulfilled',
      'expired',
    ]);
  });

  it("shows every partner's reservation to an operator", async () => {
    const id = await reserved(house, 1);
    expect((await show(id, 'admin')).body).toMatchObject({ reservation_id: id });
  });

  it("answers 404 for another partner's reservation and for ids that never existed", async () => {
    const foreign = await show(await reserved(house, 1), 'ota_2');
    expect([foreign.status, foreign.body.code]).toEqual([404, 'NOT_FOUND']);
    for (const id of unknownIds) expect((await show(id)).status).toBe(404);
  });
});

describe('DELETE /api/ota/reservations/{reservation_id}', () => {
  it('gives all units back at once when nothing is sold', async () => {
    const before = await pool();
    const id = await reserved(house, 12);
    const answer = await release(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 'released',
      units: { held: 0, ordered: 0, sold: 0, released: 12 },
      ended_at: expect.any(String),
    });
    expect(await pool()).toEqual(before);
    const ledger = await house.sql(
      `select delta_reserved, reason from inventory_ledger where reservation_id = $1 order by entry_id`,
      [id],
    );
    expect(ledger).toEqual([
      { delta_reserved: 12, reason: 'held' },
      { delta_reserved: -12, reason: 'released' },
    ]);
  });

  it('answers a repeat the same, and gives nothing back twice', async () => {
    const id = await reserved(house, 3);
    const first = await release(id);
    const after = await pool();
    const answers = await Promise.all(Array.from({ length: 10 }, () => release(id)));
    for (const answer of answers) expect([answer.status, answer.text]).toEqual([200, first.text]);
    expect(await pool()).toEqual(after);
  });

  it('gives units back once, however many release at the same time', async () => {
    const before = await pool();
    const id = await reserved(house, 9);
    const answers = await Promise.all(Array.from({ length: 20 }, () => release(id)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(await pool()).toEqual(before);
  });

  it('keeps tickets valid that were sold before', async () => {
    const id = await reserved(house, 5);
    const { order_id: orderId } = await ordered(house, id, 2);
    const tickets = await activated(house, orderId);
    expect((await release(id)).body).toMatchObject({
      status: 'released',
      units: { held: 0, ordered: 2, sold: 2, released: 3 },
    });
    for (const { ticket_code: code } of tickets) {
      expect((await house.get(`/tickets/${code}`)).body.status).toBe('valid');
    }
  });

  it('answers 409 when every unit is sold', async () => {
    const { reservationId } = await sold(house, 2);
    expect((await show(reservationId)).body).toMatchObject({
      status: 'completed',
      units: { held: 0, ordered: 2, sold: 2, released: 0 },
    });
    const answer = await release(reservationId);
    expect([answer.status, answer.body.code]).toEqual([409, 'RESERVATION_NOT_HELD']);
    expect(answer.body.detail).toContain('completed');
  });

  it('answers 409 when its deadline came first', async () => {
    const id = await reserved(house, 2);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() - interval '5 minutes' where reservation_id = $1`,
      [id],
    );
    await house.sql(
      `insert into workflow_commands (workflow_id, kind, payload, due_at)
       select workflow_id, 'wake_reservation', payload, clock_timestamp() from workflow_commands
        where workflow_id = $1`,
      [`reservation:${id}`],
    );
    await eventually('the hold expires', async () => (await show(id)).body.status === 'expired');
    const answer = await release(id);
    expect([answer.status, answer.body.code]).toEqual([409, 'RESERVATION_NOT_HELD']);
  });

  it("answers 404 for another partner's reservation, which stays held", async () => {
    const id = await reserved(house, 1);
    const answer = await release(id, 'ota_2');
    expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    expect((await show(id)).body.status).toBe('held');
    for (const unknown of unknownIds) expect((await release(unknown)).status).toBe(404);
  });

  it('is decided against parallel orders: no unit is both ordered and given back', async () => {
    const id = await reserved(house, 10);
    const [released] = await Promise.all([
      release(id),
      ...Array.from({ length: 10 }, () => ordered(house, id, 1).catch(() => undefined)),
    ]);
    expect(released?.status).toBe(200);
    expect((await show(id)).body.units).toEqual({ held: 0, ordered: 0, sold: 0, released: 10 });
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
