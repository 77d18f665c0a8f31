import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually, type House, openHouse } from '../support/house.ts';
import { orderBecomes, outcomeOf, pool } from '../support/runs.ts';
import { badFields, ordered, reserved, type SoldTicket, sold } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: true });
});
afterAll(() => house.close());

const cancel = (
  id: string,
  headers: Record<string, string> = {},
  key: 'ota' | 'ota_2' = 'ota',
  reason = 'rain',
) => house.post(`/api/ota/orders/${id}/cancel`, { reason }, { headers, key });
const scan = (ticket: SoldTicket | undefined, scanId: string = randomUUID()) =>
  house.post(
    '/venue/scan',
    { qr: ticket?.qr_code, function_code: 'ferry', scan_id: scanId },
    { key: 'gate' },
  );
const unitsOf = async (id: string) => (await house.get(`/api/ota/reservations/${id}`)).body.units;
const audited = (id: string) =>
  house.sql(`select actor, action, request_id from audit_log where subject = $1 and action like 'cancel%'`, [
    id,
  ]);
const unknownIds = ['01890000-0000-7000-8000-000000000000', 'order-1', '%00', "1'%20or%201=1"];

describe('POST /api/ota/orders/{order_id}/cancel', () => {
  it('gives the units of an unpaid order back to its reservation', async () => {
    const before = await pool(house);
    const reservationId = await reserved(house, 5);
    const { order_id: id } = await ordered(house, reservationId, 3);
    const answer = await cancel(id, { 'X-Request-Id': 'cancel-1' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      order_id: id,
      status: 'cancelled',
      failure_reason: 'rain',
      refunds: [],
    });
    expect(await unitsOf(reservationId)).toEqual({ held: 5, ordered: 0, sold: 0, released: 0 });
    expect(await pool(house)).toEqual({ ...before, reserved: before.reserved + 5 });
    expect(await audited(id)).toEqual([
      { actor: 'demo-ota', action: 'cancel_unpaid', request_id: 'cancel-1' },
    ]);
    expect((await ordered(house, reservationId, 5)).order_id).toEqual(expect.any(String));
  });

  it('voids the tickets of a paid order, gives its units to the pool and records the refund, once', async () => {
    const before = await pool(house);
    const { orderId, tickets } = await sold(house, 3);
    const answer = await cancel(orderId);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 'cancelled',
      refunds: [
        { amount: { amount: 95_400, currency: 'HKD', currency_precision: 2 }, status: 'due', reason: 'rain' },
      ],
    });
    expect(await pool(house)).toEqual(before);
    for (const ticket of tickets) {
      expect((await house.get(`/tickets/${ticket.ticket_code}`)).body.status).toBe('void');
      expect((await scan(ticket)).body.code).toBe('TICKET_VOID');
    }

    const repeats = await Promise.all(Array.from({ length: 10 }, () => cancel(orderId)));
    for (const repeat of repeats) expect([repeat.status, repeat.body]).toEqual([200, answer.body]);
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'cancelled',
      tickets: 0,
      refunds: 1,
      payments: 1,
    });
    expect(await pool(house)).toEqual(before);
    expect(await audited(orderId)).toHaveLength(1);
  });

  it('leaves the rest of the hold and its other orders alone', async () => {
    const reservationId = await reserved(house, 6);
    const { order_id: kept } = await ordered(house, reservationId, 2);
    const { order_id: gone } = await ordered(house, reservationId, 3);
    for (const id of [kept, gone]) {
      await house.post('/api/ota/activate', { order_id: id, payment_reference: `p-${id}` });
      await orderBecomes(house, id, 'fulfilled');
    }
    expect((await cancel(gone)).status).toBe(200);
    expect(await unitsOf(reservationId)).toEqual({ held: 1, ordered: 2, sold: 2, released: 3 });
    expect(await outcomeOf(house, kept)).toMatchObject({ status: 'fulfilled', tickets: 2, refunds: 0 });
  });

  it('answers 409 once something was redeemed, and changes nothing', async () => {
    const { orderId, tickets } = await sold(house, 2);
    expect((await scan(tickets[1])).status).toBe(200);
    const before = await pool(house);
    const answer = await cancel(orderId);
    expect([answer.status, answer.body.code]).toEqual([409, 'ORDER_NOT_CANCELLABLE']);
    expect(answer.body.detail).toContain('1 redemption');
    expect(await outcomeOf(house, orderId)).toMatchObject({ status: 'fulfilled', tickets: 2, refunds: 0 });
    expect(await pool(house)).toEqual(before);
    expect((await scan(tickets[0])).status).toBe(200);
    expect(await audited(orderId)).toEqual([]);
  });

  it('answers 409 while tickets are being issued, and for an order that has expired', async () => {
    await house.stopWorker();
    const { order_id: paid } = await ordered(house, await reserved(house, 1), 1);
    await house.notify(paid);
    const issuing = await cancel(paid);
    expect([issuing.status, issuing.body.code]).toEqual([409, 'ORDER_NOT_CANCELLABLE']);
    expect(issuing.body.detail).toContain('being issued');
    await house.startWorker();
    await orderBecomes(house, paid, 'fulfilled');
    expect((await cancel(paid)).status).toBe(200);

    const reservationId = await reserved(house, 1);
    const { order_id: expired } = await ordered(house, reservationId, 1);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    const late = await cancel(expired);
    expect([late.status, late.body.code]).toEqual([409, 'ORDER_NOT_CANCELLABLE']);
    expect(late.body.detail).toContain('expired');
  });

  it('refunds money that comes for a cancelled order, and issues nothing', async () => {
    const { order_id: id } = await ordered(house, await reserved(house, 1), 1);
    await cancel(id);
    expect((await house.notify(id)).status).toBe(200);
    const activate = await house.post('/api/ota/activate', { order_id: id, payment_reference: 'p' });
    expect([activate.status, activate.body.code, activate.body.refund_status]).toEqual([
      409,
      'ORDER_CANCELLED',
      'due',
    ]);
    expect(await outcomeOf(house, id)).toEqual({ status: 'cancelled', tickets: 0, refunds: 1, payments: 1 });
  });

  it('replays its answer under an Idempotency-Key, and takes a key once', async () => {
    const { order_id: id } = await ordered(house, await reserved(house, 1), 1);
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await cancel(id, headers);
    const repeat = await cancel(id, headers);
    expect([repeat.status, repeat.body]).toEqual([200, first.body]);
    expect(repeat.headers.get('Idempotent-Replayed')).toBe('true');
    const other = await cancel(id, headers, 'ota', 'snow');
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('leaves a key free that was refused', async () => {
    const { orderId, tickets } = await sold(house, 1);
    await scan(tickets[0]);
    const headers = { 'Idempotency-Key': randomUUID() };
    expect((await cancel(orderId, headers)).status).toBe(409);
    expect((await cancel(orderId, headers, 'ota', 'another reason')).status).toBe(409);
  });

  it.each([
    ['no reason', {}],
    ['an empty reason', { reason: '' }],
    ['a blank reason', { reason: '  ' }],
    ['501 characters', { reason: 'x'.repeat(501) }],
    ['a control character', { reason: 'a\u0000b' }],
  ])('refuses %s', async (_what, body) => {
    const { order_id: id } = await ordered(house, await reserved(house, 1), 1);
    const answer = await house.post(`/api/ota/orders/${id}/cancel`, body);
    expect([answer.status, badFields(answer)]).toEqual([422, ['reason']]);
  });

  it("answers 404 for another partner's order and for ids that never existed", async () => {
    const { orderId } = await sold(house, 1);
    const foreign = await cancel(orderId, {}, 'ota_2');
    expect([foreign.status, foreign.body.code]).toEqual([404, 'NOT_FOUND']);
    expect(await outcomeOf(house, orderId)).toMatchObject({ status: 'fulfilled', tickets: 1 });
    for (const unknown of unknownIds) expect((await cancel(unknown)).status).toBe(404);
  });

  it('is decided against a scan at the same moment: either used or cancelled, 30 times', async () => {
    const before = await pool(house);
    const { reservationId } = await sold(house, 1);
    expect((await house.get(`/api/ota/reservations/${reservationId}`)).body.status).toBe('completed');
    let used = 1;
    for (let round = 0; round < 30; round += 1) {
      const { orderId, tickets } = await sold(house, 1);
      const both = [() => cancel(orderId), () => scan(tickets[0])];
      const answers = await Promise.all((round % 2 ? both : both.toReversed()).map((ask) => ask()));
      const [cancelled, scanned] = round % 2 ? answers : answers.toReversed();
      const statuses = [cancelled?.status, scanned?.status];
      const outcome = await outcomeOf(house, orderId);
      if (cancelled?.status === 200) {
        expect([statuses, scanned?.body.code]).toEqual([[200, 422], 'TICKET_VOID']);
        expect(outcome).toEqual({ status: 'cancelled', tickets: 0, refunds: 1, payments: 1 });
      } else {
        expect([statuses, cancelled?.body.code]).toEqual([[409, 200], 'ORDER_NOT_CANCELLABLE']);
        expect(outcome).toEqual({ status: 'fulfilled', tickets: 1, refunds: 0, payments: 1 });
        used += 1;
      }
    }
    expect(await pool(house)).toEqual({ ...before, sold: before.sold + used });
  });

  it('is decided against a payment at the same moment: tickets or a refund, 30 times', async () => {
    for (let round = 0; round < 30; round += 1) {
      const { order_id: id } = await ordered(house, await reserved(house, 1), 1);
      const both = [() => cancel(id), () => house.notify(id)];
      const answers = await Promise.all((round % 2 ? both : both.toReversed()).map((ask) => ask()));
      const [cancelled, paid] = round % 2 ? answers : answers.toReversed();
      expect(paid?.status).toBe(200);
      const outcome = await eventually('an outcome', async () => {
        const found = await outcomeOf(house, id);
        return found.status !== 'paid' && found;
      });
      if (cancelled?.status === 200) {
        expect(outcome).toEqual({ status: 'cancelled', tickets: 0, refunds: 1, payments: 1 });
      } else {
        expect([cancelled?.status, cancelled?.body.code]).toEqual([409, 'ORDER_NOT_CANCELLABLE']);
        expect(outcome).toEqual({ status: 'fulfilled', tickets: 1, refunds: 0, payments: 1 });
      }
    }
  });

  it('happens once, however many ask at the same time', async () => {
    const before = await pool(house);
    const { orderId } = await sold(house, 2);
    const answers = await Promise.all(Array.from({ length: 15 }, () => cancel(orderId)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(await outcomeOf(house, orderId)).toMatchObject({ status: 'cancelled', refunds: 1 });
    expect(await pool(house)).toEqual(before);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
