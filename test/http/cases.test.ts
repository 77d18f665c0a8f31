import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type House, openHouse } from '../support/house.ts';
import { emptyPool, one, orderBecomes, outcomeOf, pool } from '../support/runs.ts';
import { badFields, ordered, reserved, sold } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: true });
});
afterAll(() => house.close());

type Case = { payment_id: string; order_id: string; verdict: string };
const admin = { key: 'admin' } as const;
const accept = (id: string) => house.post(`/api/admin/payments/${id}/accept`, undefined, admin);
const refund = (id: string, reason = 'not ours') =>
  house.post(`/api/admin/payments/${id}/refund`, { reason }, admin);
const settle = (id: string) => house.post(`/api/admin/refunds/${id}/settle`, undefined, admin);
const refundsOf = (orderId: string) =>
  house.sql<{ refund_id: string; status: string; reason: string }>(
    'select refund_id, status, reason from refunds where order_id = $1',
    [orderId],
  );

/** An order with a payment of too little, which waits for a decision. */
async function underReview(adults = 2, productId = 106) {
  const reservationId = await reserved(house, adults, productId);
  const { order_id: orderId, payment_required: due } = await ordered(house, reservationId, adults);
  const reference = `short-${randomUUID()}`;
  await house.notify(orderId, { reference, amount: due.amount - 1, currency: 'HKD' });
  const { payment_id: paymentId } = await one<{ payment_id: string }>(
    house,
    `select payment_id from payments where order_id = $1 and verdict = 'review'`,
    [orderId],
  );
  return { reservationId, orderId, paymentId, reference, total: due.amount };
}
const audited = (subject: string) =>
  house.sql(`select actor, action, request_id is not null as asked from audit_log where subject = $1`, [
    subject,
  ]);

describe('POST /api/admin/payments/{payment_id}/accept', () => {
  it('pays the order with the money under review, and tickets follow', async () => {
    const { orderId, paymentId, total } = await underReview();
    const answer = await accept(paymentId);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      payment_id: paymentId,
      order_id: orderId,
      partner_id: 'demo-ota',
      verdict: 'accepted',
      paid: { amount: total - 1, currency: 'HKD' },
      order_total: { amount: total },
    });
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      refunds: 0,
      payments: 1,
    });
    expect(await audited(paymentId)).toEqual([
      { actor: 'demo-operator', action: 'accept_payment', asked: true },
    ]);
  });

  it('changes nothing by a repeat, also by many at the same time', async () => {
    const { orderId, paymentId } = await underReview();
    const answers = await Promise.all(Array.from({ length: 10 }, () => accept(paymentId)));
    expect(answers.map(({ status, body }) => [status, body.verdict])).toEqual(
      Array.from({ length: 10 }, () => [200, 'accepted']),
    );
    await orderBecomes(house, orderId, 'fulfilled');
    expect((await accept(paymentId)).status).toBe(200);
    expect(await outcomeOf(house, orderId)).toMatchObject({ tickets: 2, payments: 1, refunds: 0 });
    expect(await audited(paymentId)).toHaveLength(1);
  });

  it('takes the units again where the hold has ended meanwhile', async () => {
    const before = await pool(house);
    const { orderId, paymentId, reservationId } = await underReview();
    await house.delete(`/api/ota/reservations/${reservationId}`);
    expect((await accept(paymentId)).status).toBe(200);
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      refunds: 0,
      payments: 1,
    });
    expect(await pool(house)).toEqual({ ...before, sold: before.sold + 2 });
  });

  it('records the refund where the hold has ended and its units are gone', async () => {
    const { orderId, paymentId, reservationId, total } = await underReview(1, 108);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    await emptyPool(house, 108);
    expect((await accept(paymentId)).status).toBe(200);
    await orderBecomes(house, orderId, 'refund_due');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'refund_due',
      tickets: 0,
      refunds: 1,
      payments: 1,
    });
    const { body } = await house.get('/api/admin/refunds?status=due&limit=1', admin);
    expect(body.items).toMatchObject([{ order_id: orderId, amount: { amount: total - 1 } }]);
  });

  it('answers 409 for a second payment of an order that is paid, or paid and fulfilled', async () => {
    const { orderId, paymentId } = await underReview();
    await house.notify(orderId, { reference: 'right' });
    for (const status of ['paid', 'fulfilled']) {
      if (status === 'fulfilled') await orderBecomes(house, orderId, status);
      const answer = await accept(paymentId);
      expect([answer.status, answer.body.code]).toEqual([409, 'ALREADY_PAID']);
    }
    expect((await refund(paymentId)).status).toBe(200);
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      refunds: 1,
      payments: 2,
    });
  });

  it('takes one of two payments under review, however they are accepted', async () => {
    const { orderId, paymentId, total } = await underReview();
    await house.notify(orderId, { reference: `more-${randomUUID()}`, amount: total + 5, currency: 'HKD' });
    const { payment_id: other } = await one<Case>(
      house,
      'select payment_id from payments where order_id = $1 and payment_id <> $2',
      [orderId, paymentId],
    );
    const answers = await Promise.all([paymentId, other, paymentId, other].map(accept));
    const verdicts = answers.map(({ status }) => status).toSorted();
    expect(verdicts).toEqual([200, 200, 409, 409]);
    await orderBecomes(house, orderId, 'fulfilled');
    const loser = answers[0]?.status === 200 ? other : paymentId;
    expect((await refund(loser)).status).toBe(200);
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      refunds: 1,
      payments: 2,
    });
  });

  it('answers 409 for an order that was cancelled meanwhile, whose money can only go back', async () => {
    const { orderId, paymentId } = await underReview();
    await house.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'changed plans' });
    const answer = await accept(paymentId);
    expect([answer.status, answer.body.code]).toEqual([409, 'ALREADY_DECIDED']);
    expect((await refund(paymentId)).status).toBe(200);
    expect(await outcomeOf(house, orderId)).toMatchObject({ status: 'cancelled', refunds: 1 });
  });
});

describe('POST /api/admin/payments/{payment_id}/refund', () => {
  it('records the refund once and leaves the order to be paid', async () => {
    const { orderId, paymentId } = await underReview();
    const answers = await Promise.all(Array.from({ length: 5 }, () => refund(paymentId)));
    expect(answers.map(({ status, body }) => [status, body.verdict])).toEqual(
      Array.from({ length: 5 }, () => [200, 'refund_due']),
    );
    expect(await refundsOf(orderId)).toMatchObject([{ status: 'due', reason: 'not ours' }]);
    expect(await audited(paymentId)).toHaveLength(1);
    await house.notify(orderId, { reference: 'right' });
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      refunds: 1,
      payments: 2,
    });
  });

  it('is no payment of an order that is cancelled then: money that follows gets a refund of its own', async () => {
    const { orderId, paymentId, total } = await underReview(1);
    await refund(paymentId);
    await house.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'changed plans' });
    const activated = { order_id: orderId, payment_reference: `second-${orderId}` };
    const answer = await house.post('/api/ota/activate', activated);
    expect([answer.status, answer.body]).toMatchObject([
      409,
      { code: 'ORDER_CANCELLED', refund_status: 'due' },
    ]);
    await house.notify(orderId, { reference: `told-${orderId}`, amount: total, currency: 'HKD' });
    const repeated = await house.post('/api/ota/activate', activated);
    expect(repeated.body.code).toBe('ORDER_CANCELLED');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'cancelled',
      tickets: 0,
      payments: 2,
      refunds: 2,
    });
  });

  it('answers 409 to the opposite of what was decided, and stays at it', async () => {
    const { orderId, paymentId } = await underReview();
    await refund(paymentId);
    const opposite = await accept(paymentId);
    expect([opposite.status, opposite.body.code]).toEqual([409, 'ALREADY_DECIDED']);
    expect(await outcomeOf(house, orderId)).toMatchObject({ status: 'pending_payment', refunds: 1 });

    const other = await underReview();
    await accept(other.paymentId);
    const late = await refund(other.paymentId);
    expect([late.status, late.body.code]).toEqual([409, 'ALREADY_DECIDED']);
    await orderBecomes(house, other.orderId, 'fulfilled');
    expect(await refundsOf(other.orderId)).toEqual([]);
  });

  it('takes one of two contrary decisions at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { orderId, paymentId } = await underReview(1);
      const both = [() => accept(paymentId), () => refund(paymentId)];
      const answers = await Promise.all((round % 2 ? both : both.toReversed()).map((ask) => ask()));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
      const { verdict } = await one<Case>(house, 'select verdict from payments where payment_id = $1', [
        paymentId,
      ]);
      if (verdict === 'accepted') await orderBecomes(house, orderId, 'fulfilled');
      expect(await refundsOf(orderId)).toHaveLength(verdict === 'accepted' ? 0 : 1);
    }
  });

  it('refuses a body without a reason', async () => {
    const { paymentId } = await underReview(1);
    for (const body of [{}, { reason: '' }, { reason: 'x'.repeat(501) }]) {
      const answer = await house.post(`/api/admin/payments/${paymentId}/refund`, body, admin);
      expect([answer.status, badFields(answer)]).toEqual([422, ['reason']]);
    }
  });
});

describe('POST /api/admin/refunds/{refund_id}/settle', () => {
  it('notes that the money has gone back, once', async () => {
    const { orderId } = await sold(house, 1);
    await house.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'rain' });
    const [due] = await refundsOf(orderId);
    const id = due?.refund_id ?? '';
    const first = await settle(id);
    expect([first.status, first.body]).toMatchObject([
      200,
      { refund_id: id, order_id: orderId, status: 'settled', settled_at: expect.any(String) },
    ]);
    const repeats = await Promise.all(Array.from({ length: 5 }, () => settle(id)));
    for (const repeat of repeats) expect([repeat.status, repeat.body]).toEqual([200, first.body]);
    expect(await audited(id)).toEqual([{ actor: 'demo-operator', action: 'settle_refund', asked: true }]);
    expect((await house.get(`/api/ota/orders/${orderId}`)).body.refunds).toMatchObject([
      { status: 'settled' },
    ]);
  });
});

describe('the lists of open cases', () => {
  it('lead through all of a verdict or a status, newest first, in pages', async () => {
    for (const [path, of, key, query] of [
      ['/api/admin/payments', 'payments', 'payment_id', `verdict=review`],
      ['/api/admin/refunds', 'refunds', 'refund_id', `status=due`],
    ] as const) {
      for (let extra = 0; extra < 3; extra += 1) {
        const { paymentId } = await underReview(1);
        if (of === 'refunds') await refund(paymentId);
      }
      const column = of === 'payments' ? 'verdict' : 'status';
      const all = await house.sql<Record<string, string>>(
        `select ${key} from ${of} where ${column} = '${query.split('=')[1]}' order by 1 desc`,
      );
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const answer = await house.get(`${path}?${query}&limit=2${cursor ? `&cursor=${cursor}` : ''}`, admin);
        expect(answer.status).toBe(200);
        seen.push(...answer.body.items.map((item: Record<string, string>) => item[key]));
        cursor = answer.body.next_cursor;
      } while (cursor !== null);
      expect(seen).toEqual(all.map((row) => row[key]));
      expect(seen.length).toBeGreaterThan(2);
      expect((await house.get(`${path}?${query}x`, admin)).status).toBe(422);
      expect((await house.get(`${path}?cursor=x`, admin)).status).toBe(422);
      expect(badFields(await house.get(`${path}?cursor=x&limit=0`, admin))).toEqual(['cursor', 'limit']);
    }
  });

  it('are for operators only, and know nothing that never was', async () => {
    const { paymentId } = await underReview(1);
    for (const key of ['ota', 'gate', 'direct'] as const) {
      for (const path of [
        `payments/${paymentId}/accept`,
        `payments/${paymentId}/refund`,
        `refunds/${paymentId}/settle`,
      ]) {
        const answer = await house.post(`/api/admin/${path}`, { reason: 'x' }, { key });
        expect([answer.status, answer.body.code]).toEqual([403, 'PERMISSION_MISSING']);
      }
    }
    for (const id of ['01890000-0000-7000-8000-000000000000', 'x', '%00']) {
      expect((await accept(id)).status).toBe(404);
      expect((await refund(id)).status).toBe(404);
      expect((await settle(id)).status).toBe(404);
    }
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
