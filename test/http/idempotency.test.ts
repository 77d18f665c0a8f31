import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { operations } from '../../src/contract/operations.ts';
import { type Answer, type House, openHouse } from '../support/house.ts';
import { breakdown, customer, ordered, reserved, SATURDAY, sold } from '../support/sale.ts';
import { testKeyOf } from '../support/test-partner.ts';

let house: House;
let test: string;
beforeAll(async () => {
  house = await openHouse({ worker: true, env: { ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
  test = await testKeyOf(house, 'trial', ['reservations:write']);
});
afterAll(() => house.close());

type Asked = { path: string; body?: object; other?: object; key?: 'ota' | 'admin'; apiKey?: string };

const NOBODY = 'http://127.0.0.1:9/';
const admin = { key: 'admin' } as const;
let count = 0;
const next = (what: string) => `${what}-${(count += 1)}`;
const price = { weekday: 100, weekend: 100 };
const pricing = (adults: number) => ({ visit_date: SATURDAY, customer_breakdown: breakdown(adults) });
const made = async (path: string, body: object, key: 'admin' | 'ota' = 'admin') => {
  const answer = await house.post(path, body, { key });
  expect([path, answer.status, answer.body.errors]).toEqual([path, 201, undefined]);
  return answer.body;
};
const partner = async () => {
  const id = next('partner');
  await made('/api/admin/partners', { partner_id: id, name: 'P', channel: id });
  return `/api/admin/partners/${id}`;
};
const key = async () => {
  const { key_id: id } = await made(`${await partner()}/keys`, { permissions: ['inventory:read'] });
  return `/api/admin/keys/${id}`;
};
const newProduct = () => ({
  product_id: 900 + (count += 1),
  name: 'Night Plan',
  sellable_cap: 5,
  functions: [{ function_code: 'ferry', label: 'Ferry', quantity: 1 }],
  prices: { unit_prices: { adult: price, child: price, elderly: price } },
});
const product = async () =>
  `/api/admin/products/${(await made('/api/admin/products', newProduct())).product_id}`;
let anEndpoint: string | undefined;
const endpoint = async () => {
  const body = { url: NOBODY, events: ['inventory.low'] };
  anEndpoint ??= `/api/ota/webhooks/${(await made('/api/ota/webhooks', body, 'ota')).endpoint_id}`;
  return anEndpoint;
};
const inReview = async () => {
  const { order_id: orderId } = await ordered(house, await reserved(house, 1), 1);
  await house.notify(orderId, { amount: 1, currency: 'HKD' });
  const { body } = await house.get('/api/admin/payments?verdict=review&limit=1', admin);
  return `/api/admin/payments/${body.items[0].payment_id}`;
};
const dueRefund = async () => {
  await house.post(`${await inReview()}/refund`, { reason: 'x' }, admin);
  const { body } = await house.get('/api/admin/refunds?status=due&limit=1', admin);
  return `/api/admin/refunds/${body.items[0].refund_id}`;
};

/** A call of each operation that honours the key, with another body that the same key refuses. */
const calls: Record<string, () => Promise<Asked>> = {
  reserve: async () => ({
    path: '/api/ota/reserve',
    body: { product_id: 106, quantity: 1 },
    other: { product_id: 106, quantity: 2 },
    key: 'ota',
  }),
  extendReservation: async () => {
    const { reservation_id: id } = await made(
      '/api/ota/reserve',
      {
        product_id: 106,
        quantity: 1,
        reservation_expires_at: new Date(Date.now() + 600_000).toISOString(),
      },
      'ota',
    );
    const until = (minutes: number) => ({
      reservation_expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
    });
    return {
      path: `/api/ota/reservations/${id}/extend`,
      body: until(20),
      other: until(30),
      key: 'ota',
    };
  },
  placeOrder: async () => {
    const body = {
      reservation_id: await reserved(house, 3),
      customer_details: customer,
      pricing_context: pricing(1),
    };
    return { path: '/api/ota/orders', body, other: { ...body, pricing_context: pricing(2) }, key: 'ota' };
  },
  cancelOrder: async () => {
    const { order_id: id } = await ordered(house, await reserved(house, 1), 1);
    return {
      path: `/api/ota/orders/${id}/cancel`,
      body: { reason: 'a' },
      other: { reason: 'b' },
      key: 'ota',
    };
  },
  activateOrder: async () => {
    const { orderId } = await sold(house, 1);
    return {
      path: '/api/ota/activate',
      body: { order_id: orderId, payment_reference: 'pay-1' },
      other: { order_id: orderId, payment_reference: 'pay-2' },
      key: 'ota',
    };
  },
  advanceReservation: async () => {
    const headers = { 'X-API-Key': test };
    const held = await house.post(
      '/api/ota/reserve',
      { product_id: 106, quantity: 1 },
      { key: null, headers },
    );
    return {
      path: `/api/ota/sandbox/reservations/${held.body.reservation_id}/advance`,
      body: { seconds: 60 },
      other: { seconds: 61 },
      apiKey: test,
    };
  },
  registerWebhook: async () => ({
    path: '/api/ota/webhooks',
    body: { url: NOBODY, events: ['inventory.low'] },
    other: { url: `${NOBODY}x` },
    key: 'ota',
  }),
  rotateWebhookSecret: async () => ({ path: `${await endpoint()}/rotate`, key: 'ota' }),
  enableWebhook: async () => ({ path: `${await endpoint()}/enable`, key: 'ota' }),
  testWebhook: async () => ({ path: `${await endpoint()}/test`, key: 'ota' }),
  replayWebhookDelivery: async () => {
    const { body } = await house.post(`${await endpoint()}/test`);
    return { path: `/api/ota/webhooks/deliveries/${body.delivery_id}/replay`, key: 'ota' };
  },
  acceptPayment: async () => ({ path: `${await inReview()}/accept` }),
  refundPayment: async () => ({
    path: `${await inReview()}/refund`,
    body: { reason: 'a' },
    other: { reason: 'b' },
  }),
  releaseHold: async () => ({
    path: `/api/admin/reservations/${await reserved(house, 1)}/release`,
  }),
  extendHold: async () => ({
    path: `/api/admin/reservations/${await reserved(house, 1)}/extend`,
    body: { hours: 1 },
    other: { hours: 2 },
  }),
  settleRefund: async () => ({ path: `${await dueRefund()}/settle` }),
  createPartner: async () => {
    const body = { partner_id: next('partner'), name: 'P', channel: 'ota' };
    return { path: '/api/admin/partners', body, other: { ...body, name: 'Q' } };
  },
  changePartner: async () => ({ path: await partner(), body: { name: 'A' }, other: { name: 'B' } }),
  suspendPartner: async () => ({ path: `${await partner()}/suspend` }),
  resumePartner: async () => ({ path: `${await partner()}/resume` }),
  rotatePaymentSecret: async () => ({ path: `${await partner()}/payment-secret/rotate` }),
  createKey: async () => ({
    path: `${await partner()}/keys`,
    body: { permissions: ['inventory:read'] },
    other: { permissions: ['orders:write'] },
  }),
  rotateKey: async () => ({ path: `${await key()}/rotate`, body: {}, other: { grace_seconds: 1 } }),
  expireKey: async () => ({
    path: `${await key()}/expire`,
    body: { expires_at: '2031-01-01T00:00:00Z' },
    other: { expires_at: null },
  }),
  createProduct: async () => {
    const body = newProduct();
    return { path: '/api/admin/products', body, other: { ...body, name: 'Day Plan' } };
  },
  changeProduct: async () => ({ path: await product(), body: { name: 'A' }, other: { name: 'B' } }),
  setFunction: async () => {
    const body = { function_code: 'tram', label: 'Tram', quantity: 1 };
    return { path: `${await product()}/functions`, body, other: { ...body, quantity: 2 } };
  },
  setPrices: async () => ({
    path: `${await product()}/prices`,
    body: { unit_prices: { adult: { weekday: 1, weekend: 2 } } },
    other: { unit_prices: { adult: price } },
  }),
  setSpecialDate: async () => ({
    path: `${await product()}/special-dates`,
    body: { date: SATURDAY, multiplier: 2 },
    other: { date: SATURDAY, multiplier: 3 },
  }),
  setAddon: async () => {
    const entitlements = [{ function_code: 'lamp', quantity: 1 }];
    const body = { addon_id: 'lamp', label: 'Lamp', unit_price: 5, entitlements };
    return { path: `${await product()}/add-ons`, body, other: { ...body, unit_price: 6 } };
  },
  moveAllocation: async () => {
    const body = { product_id: 106, from: 'ota', to: 'direct', units: 1 };
    return { path: '/api/admin/channels/move', body, other: { ...body, units: 2 } };
  },
  setAllocations: async () => ({
    path: '/api/admin/inventory/107',
    body: { sellable_cap: 4_000 + (count += 1) },
    other: { sellable_cap: 5_000 },
  }),
  addCutOffRule: async () => {
    const [day = ''] = new Date(Date.UTC(2031, 0, (count += 1))).toISOString().split('T');
    const body = { product_id: 106, channel: 'ota', cut_off_date: day, days_before: 1 };
    return { path: '/api/admin/cut-off-rules', body, other: { ...body, keep: 1 } };
  },
  addVenue: async () => {
    const body = { venue_code: next('pier'), name: 'A' };
    return { path: '/api/admin/venues', body, other: { ...body, name: 'B' } };
  },
  eraseCustomer: async () => {
    const { order_id: id } = await ordered(house, await reserved(house, 1), 1);
    return {
      path: '/api/admin/customers/erase',
      body: { order_id: id },
      other: { email: customer.email },
    };
  },
};

const ask = ({ path, body, key: name = 'admin', apiKey }: Asked, idempotencyKey: string): Promise<Answer> =>
  house.post(path, body, {
    key: apiKey === undefined ? name : null,
    headers: { 'Idempotency-Key': idempotencyKey, ...(apiKey !== undefined && { 'X-API-Key': apiKey }) },
  });
const wasReplayed = ({ headers }: Answer) => headers.get('Idempotent-Replayed') === 'true';
/** What is shown once, and what goes on by itself where a delivery is under way. */
const shownOnce = ['api_key', 'payment_secret'];
const ofDelivery = ['status', 'attempts', 'last_status', 'last_error', 'next_attempt_at'];
function told({ status, body }: Answer) {
  const apart = new Set([...shownOnce, ...('delivery_id' in body ? ofDelivery : [])]);
  return [status, Object.entries(body).filter(([name]) => !apart.has(name))];
}
/** What a call leaves behind: rows of the audit log that are not the worker's. */
const effects = async () => {
  const [row] = await house.sql<{ n: number }>(
    `select count(*)::int as n from audit_log where actor <> 'worker'`,
  );
  return row?.n ?? 0;
};

/** `POST /orders` has a key of its own, `out_trade_no`, and its own tests. */
const ofPartners = operations.filter(({ path }) => /^\/api\/(ota|admin)\//.test(path));
const honouring = ofPartners.filter(({ idempotent }) => idempotent).map(({ id }) => id);

describe('Idempotency-Key', () => {
  it('is honoured by every POST of agencies and operators', () => {
    // Signing in stores nothing: a repeat is one more session, and its cookie is kept nowhere.
    const posts = ofPartners.filter(({ method, id }) => method === 'post' && id !== 'openOperatorSession');
    expect(honouring.toSorted()).toEqual(posts.map(({ id }) => id).toSorted());
    expect(Object.keys(calls).toSorted()).toEqual(honouring.toSorted());
  });

  it.each(honouring)('%s: gives a repeat the first answer, and has one effect', async (id) => {
    const asked = await calls[id]!();
    const idempotencyKey = randomUUID();
    const first = await ask(asked, idempotencyKey);
    expect([first.status < 300, wasReplayed(first), first.body.errors]).toEqual([true, false, undefined]);
    const before = await effects();
    const again = await ask(asked, idempotencyKey);
    expect(wasReplayed(again)).toBe(true);
    expect(told(again)).toEqual(told(first));
    expect(again.headers.get('Location')).toBe(first.headers.get('Location'));
    if (asked.other) {
      const { status, body } = await ask({ ...asked, body: asked.other }, idempotencyKey);
      expect([status, body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
    expect(await effects()).toBe(before);
  });

  it.each(honouring)('%s: gives parallel repeats one answer, and has one effect', async (id) => {
    const asked = await calls[id]!();
    const idempotencyKey = randomUUID();
    const before = await effects();
    const answers = await Promise.all([1, 2, 3].map(() => ask(asked, idempotencyKey)));
    for (const answer of answers) expect(told(answer)).toEqual(told(answers[0]!));
    expect(answers.map(wasReplayed).toSorted()).toEqual([false, true, true]);
    expect((await effects()) - before).toBeLessThanOrEqual(1);
  });

  it('is left free by a refusal', async () => {
    const body = { partner_id: 'late', name: 'Late', channel: 'ota' };
    const asked: Asked = { path: '/api/admin/partners/late', body: { name: 'Later' } };
    const idempotencyKey = randomUUID();
    expect((await ask(asked, idempotencyKey)).status).toBe(404);
    await made('/api/admin/partners', body);
    const answer = await ask(asked, idempotencyKey);
    expect([answer.status, answer.body.name, wasReplayed(answer)]).toEqual([200, 'Later', false]);
  });

  it("gives an operator's repeat the first answer to the letter, whatever has changed since", async () => {
    const asked: Asked = { path: await partner(), body: { name: 'First' } };
    const first = await ask(asked, 'to-the-letter');
    await house.post(asked.path, { name: 'Second' }, admin);
    expect((await ask(asked, 'to-the-letter')).text).toBe(first.text);
    expect((await house.get(asked.path, admin)).body.name).toBe('Second');
  });

  it('keeps no secret: a replayed answer has null, and there is one new key or secret', async () => {
    const path = await partner();
    const create: Asked = { path: `${path}/keys`, body: { permissions: ['inventory:read'] } };
    const issued = (await ask(create, 'secret')).body;
    expect((await ask(create, 'secret')).body).toEqual({ ...issued, api_key: null });
    const rotate: Asked = { path: `/api/admin/keys/${issued.key_id}/rotate`, body: {} };
    const rotated = (await ask(rotate, 'secret')).body;
    expect((await ask(rotate, 'secret')).body).toEqual({ ...rotated, api_key: null });
    expect((await house.get(`${path}/keys`, admin)).body.items).toHaveLength(2);
    const sign: Asked = { path: `${path}/payment-secret/rotate` };
    const signed = (await ask(sign, 'secret')).body;
    expect((await ask(sign, 'secret')).body).toEqual({ ...signed, payment_secret: null });
    expect((await house.get(path, admin)).body.payment_secrets).toBe(1);
    const kept = JSON.stringify(await house.sql('select result from idempotent_answers'));
    for (const secret of [issued.api_key, rotated.api_key, signed.payment_secret]) {
      expect(secret).toMatch(/^(alt_live|whsec)_/);
      expect(kept).not.toContain(secret);
    }
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
