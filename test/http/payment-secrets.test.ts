import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type House, openHouse } from '../support/house.ts';
import { breakdown, customer, ordered, reserved, SATURDAY } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const admin = { key: 'admin' } as const;
const path = '/api/admin/partners/demo-ota/payment-secret';
const rotate = async (): Promise<string> => {
  const { status, body } = await house.post(`${path}/rotate`, undefined, admin);
  expect([status, body.payment_secret]).toEqual([200, expect.stringMatching(/^whsec_[\w+/]{43}=$/)]);
  return body.payment_secret;
};
const notified = async (secret: string, orderId?: string) => {
  const id = orderId ?? (await ordered(house, await reserved(house, 1), 1)).order_id;
  return (await house.notify(id, { secret })).status;
};

describe('POST /api/admin/partners/{partner_id}/payment-secret/rotate', () => {
  it('makes a secret that signs payments of its own orders; the one before lives on until the next', async () => {
    const first = await rotate();
    expect(await notified(first)).toBe(200);
    const second = await rotate();
    expect([await notified(first), await notified(second)]).toEqual([200, 200]);
    const third = await rotate();
    expect([await notified(first), await notified(second), await notified(third)]).toEqual([401, 200, 200]);
    const senders = await house.sql(`select distinct sender, verdict from payments`);
    expect(senders).toEqual([{ sender: 'demo-ota', verdict: 'accepted' }]);
  });

  it("answers 404 to a notification about another partner's order, which stays unpaid", async () => {
    const secret = await rotate();
    const other = { key: 'ota_2' } as const;
    const { body: held } = await house.post('/api/ota/reserve', { product_id: 106, quantity: 1 }, other);
    const { body: order } = await house.post(
      '/api/ota/orders',
      {
        reservation_id: held.reservation_id,
        customer_details: customer,
        pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
      },
      other,
    );
    expect(await notified(secret, order.order_id)).toBe(404);
    expect((await house.get(`/api/ota/orders/${order.order_id}`, other)).body.status).toBe('pending_payment');
  });

  it('shows the secret once: no other answer and no log has it', async () => {
    const answer = await house.post(`${path}/rotate`, undefined, admin);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const { payment_secret: secret } = answer.body;
    const { body, text } = await house.get('/api/admin/partners/demo-ota', admin);
    expect(body.payment_secrets).toBe(2);
    expect(text).not.toContain(secret);
    expect(JSON.stringify(await house.sql('select * from audit_log'))).not.toContain(secret);
    expect(
      await house.sql(`select distinct actor, subject from audit_log where action = 'rotate_payment_secret'`),
    ).toEqual([{ actor: 'demo-operator', subject: 'demo-ota' }]);
  });

  it('answers 403 to a partner itself, and 404 where there is no such partner', async () => {
    expect((await house.post(`${path}/rotate`, undefined, { key: 'ota' })).status).toBe(403);
    for (const id of ['nobody', '%00']) {
      expect(
        (await house.post(`/api/admin/partners/${id}/payment-secret/rotate`, undefined, admin)).status,
      ).toBe(404);
    }
  });
});

describe('DELETE /api/admin/partners/{partner_id}/payment-secret', () => {
  it('ends all its secrets at once; a repeat answers the same', async () => {
    const secrets = [await rotate(), await rotate()];
    const ended = await house.delete(path, admin);
    expect([ended.status, ended.body]).toEqual([200, { partner_id: 'demo-ota', live_secrets: 0 }]);
    for (const secret of secrets) expect(await notified(secret)).toBe(401);
    expect((await house.delete(path, admin)).body).toEqual(ended.body);
    expect((await house.delete('/api/admin/partners/nobody/payment-secret', admin)).status).toBe(404);
    expect(await notified(house.webhookSecret)).toBe(200);
    expect(await house.disagreements()).toEqual([]);
  });
});
