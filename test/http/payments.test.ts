import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { signWebhook } from '../../src/webhooks/standard-webhook.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { activated, badFields, ordered, reserved } from '../support/sale.ts';

const secondSecret = `whsec_${randomBytes(24).toString('base64')}`;
const partnerSecret = `whsec_${randomBytes(24).toString('base64')}`;

let house: House;
beforeAll(async () => {
  const first = `whsec_${randomBytes(24).toString('base64')}`;
  house = await openHouse({
    worker: true,
    env: { ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: `${first},${secondSecret}` },
  });
  house.webhookSecret = first;
});
afterAll(() => house.close());

const newOrder = async (adults = 1) => (await ordered(house, await reserved(house, adults), adults)).order_id;
const notify: House['notify'] = (orderId, notice = {}) =>
  house.notify(orderId, { secret: house.webhookSecret, ...notice });
const statusOf = async (orderId: string): Promise<string> =>
  (await house.get(`/api/ota/orders/${orderId}`, { key: 'admin' })).body.status;
const fulfilled = (orderId: string) =>
  eventually('tickets', async () => (await statusOf(orderId)) === 'fulfilled');
const paymentsOf = (orderId: string) =>
  house.sql(
    `select sender, reference, notified_reference as notified, amount, currency, verdict
       from payments where order_id = $1 order by received_at`,
    [orderId],
  );
const ticketsOf = (orderId: string) => house.sql(`select 1 from tickets where order_id = $1`, [orderId]);
const notificationsOf = (orderId: string) =>
  house.sql(
    `select n.sender, n.webhook_id from payment_notifications n join payments using (payment_id) where order_id = $1`,
    [orderId],
  );
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** A notification with whatever headers and body; signed over `signedBody` where that is given. */
function sendSigned(body: string, more: { headers?: Record<string, string>; signedBody?: string } = {}) {
  const id = `msg_${randomUUID()}`;
  const timestamp = nowSeconds();
  return house.send('POST', '/payments/notify', body, {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signWebhook(house.webhookSecret, id, timestamp, more.signedBody ?? body),
    ...more.headers,
  });
}
const bodyFor = (orderId: string, more: object = {}) => ({
  order_id: orderId,
  payment_status: 'SUCCESS',
  payment_reference: 'p-1',
  paid_at: new Date().toISOString(),
  ...more,
});

describe('POST /payments/notify', () => {
  it('pays an order, which becomes tickets', async () => {
    const orderId = await newOrder(2);
    const answer = await notify(orderId, { reference: 'p-1', amount: 63_600, currency: 'HKD' });
    expect([answer.status, answer.body]).toEqual([200, { received: true }]);
    await fulfilled(orderId);
    expect(await ticketsOf(orderId)).toHaveLength(2);
    expect(await paymentsOf(orderId)).toEqual([
      {
        sender: 'payment-provider',
        reference: 'p-1',
        notified: 'p-1',
        amount: '63600',
        currency: 'HKD',
        verdict: 'accepted',
      },
    ]);
  });

  it('takes a notification without an amount as payment of the total', async () => {
    const orderId = await newOrder();
    await notify(orderId, { reference: 'p-1' });
    expect(await paymentsOf(orderId)).toMatchObject([
      { amount: '31800', currency: 'HKD', verdict: 'accepted' },
    ]);
    await fulfilled(orderId);
  });

  it('answers a repeat of a webhook-id the same, and stores it once', async () => {
    const orderId = await newOrder();
    const notice = { reference: 'p-1', webhookId: 'msg_repeated' };
    const answers = [await notify(orderId, notice), await notify(orderId, notice)];
    answers.push(...(await Promise.all(Array.from({ length: 10 }, () => notify(orderId, notice)))));
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, { received: true }]);
    expect(await notificationsOf(orderId)).toHaveLength(1);
    expect(await paymentsOf(orderId)).toHaveLength(1);
    await fulfilled(orderId);
  });

  it('pays once when one webhook-id comes 20 times in parallel', async () => {
    const orderId = await newOrder(3);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => notify(orderId, { reference: 'p-1', webhookId: 'msg_storm' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await fulfilled(orderId);
    expect(await ticketsOf(orderId)).toHaveLength(3);
    expect(await paymentsOf(orderId)).toHaveLength(1);
  });

  it('lets the same payment be told twice under two webhook-ids', async () => {
    const orderId = await newOrder();
    await notify(orderId, { reference: 'p-1' });
    expect((await notify(orderId, { reference: 'p-1' })).status).toBe(200);
    expect(await paymentsOf(orderId)).toMatchObject([{ verdict: 'accepted' }]);
    expect(await notificationsOf(orderId)).toHaveLength(2);
    await fulfilled(orderId);
  });

  it('counts the first order only where one webhook-id comes for two', async () => {
    const [first, second] = [await newOrder(), await newOrder()];
    await notify(first, { reference: 'p-1', webhookId: 'msg_two_orders' });
    expect((await notify(second, { reference: 'p-2', webhookId: 'msg_two_orders' })).status).toBe(200);
    expect(await paymentsOf(second)).toEqual([]);
    await fulfilled(first);
  });
});

describe('POST /payments/notify with FAILED', () => {
  it('stores it and changes nothing else; a later SUCCESS with the same reference pays', async () => {
    const orderId = await newOrder();
    for (const attempt of [1, 2]) {
      const failed = await notify(orderId, {
        status: 'FAILED',
        reference: 'p-1',
        webhookId: `msg_f${attempt}`,
      });
      expect(failed.status).toBe(200);
    }
    expect(await statusOf(orderId)).toBe('pending_payment');
    expect((await notify(orderId, { reference: 'p-1' })).status).toBe(200);
    await fulfilled(orderId);
    expect(await paymentsOf(orderId)).toMatchObject([
      { reference: 'p-1', verdict: 'failed' },
      { reference: 'p-1', verdict: 'failed' },
      { reference: 'p-1', verdict: 'accepted' },
    ]);
    expect(await ticketsOf(orderId)).toHaveLength(1);
  });

  it('changes nothing about an order that is paid', async () => {
    const orderId = await newOrder();
    await notify(orderId, { reference: 'p-1' });
    await fulfilled(orderId);
    expect((await notify(orderId, { status: 'FAILED', reference: 'p-1' })).status).toBe(200);
    expect((await notify(orderId, { status: 'FAILED', reference: 'p-2' })).status).toBe(200);
    expect(await statusOf(orderId)).toBe('fulfilled');
  });
});

describe('POST /payments/notify with money that does not fit', () => {
  it.each([
    ['another amount', { amount: 31_799, currency: 'HKD' }],
    ['nothing', { amount: 0 }],
    ['more', { amount: 31_801 }],
    ['the greatest amount', { amount: 1_000_000_000_000 }],
    ['another currency', { amount: 31_800, currency: 'USD' }],
    ['another currency only', { currency: 'JPY' }],
  ])(
    'stores %s for review, and does not fulfil',
    async (_what, difference: { amount?: number; currency?: string }) => {
      const orderId = await newOrder();
      const answer = await notify(orderId, { reference: 'odd', ...difference });
      expect(answer.status).toBe(200);
      expect(await paymentsOf(orderId)).toMatchObject([
        {
          verdict: 'review',
          ...(difference.amount !== undefined && { amount: String(difference.amount) }),
          currency: difference.currency ?? 'HKD',
        },
      ]);
      expect(await statusOf(orderId)).toBe('pending_payment');
      expect(await ticketsOf(orderId)).toHaveLength(0);
    },
  );

  it('stores a second payment for review; the tickets stay as they are', async () => {
    const orderId = await newOrder();
    await notify(orderId, { reference: 'p-1' });
    await fulfilled(orderId);
    expect((await notify(orderId, { reference: 'p-2' })).status).toBe(200);
    expect((await notify(orderId, { reference: 'p-2' })).status).toBe(200);
    expect(await paymentsOf(orderId)).toMatchObject([
      { reference: 'p-1', verdict: 'accepted' },
      { reference: 'p-2', verdict: 'review' },
    ]);
    expect(await ticketsOf(orderId)).toHaveLength(1);
  });

  it('stores a webhook for review whose amount differs from what activate said, whatever its reference', async () => {
    for (const reference of ['agency-1', 'provider-1']) {
      const orderId = await newOrder();
      await activated(house, orderId, 'agency-1');
      const answer = await notify(orderId, { reference, amount: 5 });
      expect([reference, answer.status]).toEqual([reference, 200]);
      expect(await paymentsOf(orderId)).toMatchObject([
        { reference: 'agency-1', verdict: 'accepted' },
        { reference, amount: '5', verdict: 'review' },
      ]);
      expect(await ticketsOf(orderId)).toHaveLength(1);
    }
  });

  it('stores a webhook with the reference of activate after another one has attached', async () => {
    const orderId = await newOrder();
    await activated(house, orderId, 'agency-1');
    expect((await notify(orderId, { reference: 'provider-1' })).status).toBe(200);
    expect((await notify(orderId, { reference: 'agency-1' })).status).toBe(200);
    expect(await notificationsOf(orderId)).toHaveLength(2);
    expect(await ticketsOf(orderId)).toHaveLength(1);
  });

  it('answers 422 to an amount that no report could add up exactly, and 200 to the largest', async () => {
    const orderId = await newOrder();
    const beyond = await notify(orderId, { reference: 'beyond', amount: Number.MAX_SAFE_INTEGER });
    expect([beyond.status, badFields(beyond)]).toEqual([422, ['amount']]);
    for (const reference of ['largest', 'once-more']) {
      const answer = await notify(orderId, { reference, amount: 1_000_000_000_000, currency: 'XTS' });
      expect(answer.status).toBe(200);
    }
    const [yesterday, tomorrow] = [-1, 1].map((days) =>
      new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
    );
    const report = await house.get(`/api/ota/reconciliation?from=${yesterday}&to=${tomorrow}`);
    expect([report.status, report.body.code]).toEqual([200, undefined]);
    expect(JSON.stringify(report.body.payments)).toContain('2000000000000');
  });

  it('pays by a fitting payment after one that did not fit', async () => {
    const orderId = await newOrder();
    await notify(orderId, { reference: 'short', amount: 1 });
    await notify(orderId, { reference: 'whole', amount: 31_800 });
    await fulfilled(orderId);
    expect(await paymentsOf(orderId)).toMatchObject([
      { reference: 'short', verdict: 'review' },
      { reference: 'whole', verdict: 'accepted' },
    ]);
  });

  it('takes the units of an ended hold again, or records the refund', async () => {
    const reservationId = await reserved(house, 1);
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    expect((await notify(orderId, { reference: 'late' })).status).toBe(200);
    await fulfilled(orderId);

    const other = await reserved(house, 1, 107);
    const { order_id: lost } = await ordered(house, other, 1);
    await house.delete(`/api/ota/reservations/${other}`);
    const { body } = await house.get('/api/ota/inventory?product_ids=107');
    await reserved(house, body.available_quantities[107], 107);
    expect((await notify(lost, { reference: 'late' })).status).toBe(200);
    await eventually('the refund', async () => (await statusOf(lost)) === 'refund_due');
    expect(
      await house.sql(`select amount, currency, status from refunds where order_id = $1`, [lost]),
    ).toEqual([{ amount: '18800', currency: 'HKD', status: 'due' }]);
  });
});

describe('POST /payments/notify with the id of a refund', () => {
  /** An order that was paid and cancelled, with its refund. */
  const refunded = async () => {
    const orderId = await newOrder();
    await notify(orderId, { reference: 'first' });
    await fulfilled(orderId);
    const { body } = await house.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'ill' });
    return { orderId, refundId: body.refunds[0].refund_id as string };
  };
  const refundsOf = (orderId: string) =>
    house.sql(`select status, settled_at is not null as at from refunds where order_id = $1`, [orderId]);
  const settlings = (refundId: string) =>
    house.sql(`select actor from audit_log where action = 'settle_refund' and subject = $1`, [refundId]);

  it('settles the refund once, however often it comes, and is no payment', async () => {
    const { orderId, refundId } = await refunded();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        notify(orderId, { reference: refundId, amount: 31_800, currency: 'HKD' }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(await refundsOf(orderId)).toEqual([{ status: 'settled', at: true }]);
    expect(await settlings(refundId)).toEqual([{ actor: 'payment-provider' }]);
    expect(await paymentsOf(orderId)).toMatchObject([{ reference: 'first' }]);
    expect(await house.disagreements()).toEqual([]);
  });

  it('leaves the refund due where the sender says FAILED', async () => {
    const { orderId, refundId } = await refunded();
    expect((await notify(orderId, { reference: refundId, status: 'FAILED' })).status).toBe(200);
    expect(await refundsOf(orderId)).toEqual([{ status: 'due', at: false }]);
    expect(await paymentsOf(orderId)).toHaveLength(1);
  });

  it('answers 422 to another amount or currency than the refund has', async () => {
    const { orderId, refundId } = await refunded();
    const answer = await notify(orderId, { reference: refundId, amount: 1, currency: 'EUR' });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([
      { path: 'amount', message: "must be 31800, as the refund's" },
      { path: 'currency', message: "must be HKD, as the refund's" },
    ]);
    expect(await refundsOf(orderId)).toEqual([{ status: 'due', at: false }]);
  });

  it('takes the refund of another order for a payment like any other', async () => {
    const { refundId } = await refunded();
    const orderId = await newOrder();
    expect((await notify(orderId, { reference: refundId })).status).toBe(200);
    await fulfilled(orderId);
    expect(await settlings(refundId)).toEqual([]);
  });
});

describe('POST /payments/notify by its signature', () => {
  it('accepts either of two live secrets', async () => {
    for (const secret of [house.webhookSecret, secondSecret]) {
      const orderId = await newOrder();
      expect((await notify(orderId, { secret })).status).toBe(200);
      expect(await paymentsOf(orderId)).toMatchObject([{ sender: 'payment-provider' }]);
    }
  });

  it('accepts several signatures in one header when one of them is good', async () => {
    const orderId = await newOrder();
    const body = JSON.stringify(bodyFor(orderId));
    const id = 'msg_several';
    const timestamp = nowSeconds();
    const good = signWebhook(house.webhookSecret, id, timestamp, body);
    const bad = signWebhook(`whsec_${randomBytes(24).toString('base64')}`, id, timestamp, body);
    const answer = await sendSigned(body, {
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1a,AAAA ${bad} ${good}`,
      },
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['of an unknown secret', () => ({ secret: `whsec_${randomBytes(24).toString('base64')}` })],
    ['of an empty secret', () => ({ secret: 'whsec_' })],
    ['from more than 5 minutes ago', () => ({ timestampSeconds: nowSeconds() - 310 })],
    ['from more than 5 minutes ahead', () => ({ timestampSeconds: nowSeconds() + 310 })],
  ])('answers 401 to a signature %s', async (_what, notice) => {
    const orderId = await newOrder();
    const answer = await notify(orderId, notice());
    expect([answer.status, answer.body.code]).toEqual([401, 'SIGNATURE_INVALID']);
    expect(answer.headers.get('WWW-Authenticate')).not.toBeNull();
    expect(await paymentsOf(orderId)).toEqual([]);
  });

  it('accepts a clock that is some minutes off', async () => {
    for (const seconds of [-280, 280]) {
      const answer = await notify(await newOrder(), { timestampSeconds: nowSeconds() + seconds });
      expect(answer.status).toBe(200);
    }
  });

  it.each([
    ['without webhook-signature', { 'webhook-signature': '' }],
    ['with text as webhook-signature', { 'webhook-signature': 'v1,not-base64-at-all' }],
    ['without webhook-timestamp', { 'webhook-timestamp': '' }],
    ['with text as webhook-timestamp', { 'webhook-timestamp': 'now' }],
    ['with another webhook-id', { 'webhook-id': 'msg_other' }],
    ['without webhook-id', { 'webhook-id': '' }],
  ])('answers 401 %s', async (_what, headers) => {
    const orderId = await newOrder();
    const answer = await sendSigned(JSON.stringify(bodyFor(orderId)), { headers });
    expect([answer.status, answer.body.code]).toEqual([401, 'SIGNATURE_INVALID']);
    expect(await paymentsOf(orderId)).toEqual([]);
  });

  it('answers 401 to a body that was tampered with, by as little as a space', async () => {
    const [orderId, otherId] = [await newOrder(), await newOrder()];
    const signedBody = JSON.stringify(bodyFor(orderId));
    const tampered = [
      JSON.stringify(bodyFor(otherId)),
      `${signedBody} `,
      signedBody.replace('SUCCESS', 'FAILED'),
    ];
    for (const body of tampered) {
      const answer = await sendSigned(body, { signedBody });
      expect([answer.status, answer.body.code]).toEqual([401, 'SIGNATURE_INVALID']);
    }
    expect(await paymentsOf(orderId)).toEqual([]);
    expect(await paymentsOf(otherId)).toEqual([]);
  });

  it('does not take an API key for a signature', async () => {
    const body = JSON.stringify(bodyFor(await newOrder()));
    const answer = await house.send('POST', '/payments/notify', body, {
      'Content-Type': 'application/json',
      'X-API-Key': house.keys.admin,
    });
    expect([answer.status, answer.body.code]).toEqual([401, 'SIGNATURE_INVALID']);
  });
});

describe("POST /payments/notify with a partner's own secret", () => {
  beforeAll(async () => {
    await house.sql(`update partners set payment_webhook_secrets = $1 where partner_id = 'demo-ota'`, [
      [partnerSecret],
    ]);
  });

  it("pays the partner's own order", async () => {
    const orderId = await newOrder();
    expect((await notify(orderId, { secret: partnerSecret, reference: 'own' })).status).toBe(200);
    expect(await paymentsOf(orderId)).toMatchObject([{ sender: 'demo-ota', verdict: 'accepted' }]);
    await fulfilled(orderId);
  });

  it("answers 404 to another partner's order, which stays unpaid", async () => {
    const { body: held } = await house.post(
      '/api/ota/reserve',
      { product_id: 106, quantity: 1 },
      { key: 'ota_2' },
    );
    const { body: order } = await house.post(
      '/api/ota/orders',
      {
        reservation_id: held.reservation_id,
        customer_details: { name: 'A', email: 'a@example.com' },
        pricing_context: {
          visit_date: '2030-06-12',
          customer_breakdown: [{ customer_type: 'adult', count: 1 }],
        },
      },
      { key: 'ota_2' },
    );
    for (const status of ['SUCCESS', 'FAILED']) {
      const answer = await notify(order.order_id, { secret: partnerSecret, status });
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
    expect(await paymentsOf(order.order_id)).toEqual([]);
    expect((await notify(order.order_id)).status).toBe(200);
  });

  it('keeps its webhook-ids apart from those of the provider', async () => {
    const [first, second] = [await newOrder(), await newOrder()];
    await notify(first, { secret: partnerSecret, webhookId: 'msg_shared' });
    await notify(second, { webhookId: 'msg_shared' });
    expect(await paymentsOf(second)).toMatchObject([{ verdict: 'accepted' }]);
  });

  it('accepts either of its two live secrets, and none once it is suspended', async () => {
    const next = `whsec_${randomBytes(24).toString('base64')}`;
    await house.sql(`update partners set payment_webhook_secrets = $1 where partner_id = 'demo-ota'`, [
      [next, partnerSecret],
    ]);
    for (const secret of [next, partnerSecret]) {
      expect((await notify(await newOrder(), { secret })).status).toBe(200);
    }
    const orderId = await newOrder();
    await house.sql(`update partners set status = 'suspended' where partner_id = 'demo-ota'`);
    expect((await notify(orderId, { secret: next })).status).toBe(401);
    await house.sql(`update partners set status = 'active' where partner_id = 'demo-ota'`);
  });
});

describe('POST /payments/notify with bad input', () => {
  it('answers 404 to an unknown order', async () => {
    for (const orderId of ['01890000-0000-7000-8000-000000000000', 'order-1', '']) {
      const answer = await notify(orderId);
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
  });

  it('names every bad field at once', async () => {
    const answer = await sendSigned(
      JSON.stringify({
        order_id: 5,
        payment_status: 'PAID',
        payment_reference: '',
        amount: 1.5,
        currency: 'hkd',
        paid_at: 'now',
        colour: 'red',
      }),
    );
    expect([answer.status, answer.body.code]).toEqual([422, 'VALIDATION_FAILED']);
    expect(badFields(answer)).toEqual([
      'amount',
      'colour',
      'currency',
      'order_id',
      'paid_at',
      'payment_reference',
      'payment_status',
    ]);
  });

  it.each([
    ['amount', -1],
    ['amount', '31800'],
    ['amount', 1e300],
    ['payment_reference', 'a\u0000b'],
    ['payment_reference', 'a\uDC00'],
    ['paid_at', '2026-13-01T00:00:00Z'],
    ['paid_at', '0000-01-01T00:00:00Z'],
    ['paid_at', '2026-12-01'],
    ['payment_status', 'success'],
  ])('refuses %s %j', async (field, value) => {
    const orderId = await newOrder();
    const answer = await sendSigned(JSON.stringify(bodyFor(orderId, { [field]: value })));
    expect([answer.status, badFields(answer)]).toEqual([422, [field]]);
    expect(await paymentsOf(orderId)).toEqual([]);
  });

  it.each(['2026-01-01T00:00:00+20:00', '1970-01-01T00:00:00Z', '2026-01-01T00:00:00.123456789Z'])(
    'stores a payment made at %s',
    async (paidAt) => {
      const orderId = await newOrder();
      const answer = await sendSigned(JSON.stringify(bodyFor(orderId, { paid_at: paidAt })));
      expect(answer.status).toBe(200);
      expect(await paymentsOf(orderId)).toMatchObject([{ verdict: 'accepted' }]);
    },
  );

  it.each([
    ['an array', '[]', 400],
    ['broken JSON', '{', 400],
    ['nothing', '', 400],
  ])('answers 400 to %s', async (_what, body, status) => {
    const answer = await sendSigned(body);
    expect([answer.status, answer.body.code]).toEqual([status, 'MALFORMED_REQUEST']);
  });

  it('answers 415 to another content type, and 413 to a body over 256 KiB', async () => {
    const body = JSON.stringify(bodyFor(await newOrder()));
    expect((await sendSigned(body, { headers: { 'Content-Type': 'text/plain' } })).status).toBe(415);
    expect((await sendSigned(JSON.stringify({ text: 'x'.repeat(256 * 1024) }))).status).toBe(413);
  });

  it('stores or refuses a webhook-id of any length, and does not fail', async () => {
    const answer = await notify(await newOrder(), { webhookId: randomBytes(6_000).toString('hex') });
    expect([200, 401, 422]).toContain(answer.status);
  });

  it('leaves all accounts in agreement', async () => {
    await eventually('every payment to be worked off', async () => {
      const open = await house.sql(`select 1 from orders where status = 'paid'`);
      return open.length === 0;
    });
    expect(await house.disagreements()).toEqual([]);
  });
});
