import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type House, openHouse } from '../support/house.ts';
import { activated, ordered, reserved, sold } from '../support/sale.ts';
import { testKeyOf } from '../support/test-partner.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: true, env: { TEMPORAL_UI_URL: 'http://temporal.example/' } });
});
afterAll(() => house.close());

const overview = async () => {
  const answer = await house.get('/api/admin/overview', { key: 'admin' });
  expect(answer.status).toBe(200);
  return answer.body;
};
type Pools = { product_id: number; pools: { channel: string }[] }[];
const poolOf = (products: Pools, channel: string) =>
  products.find(({ product_id }) => product_id === 106)?.pools.find((pool) => pool.channel === channel);
const ago = (interval: string) => `clock_timestamp() - interval '${interval}'`;
type Case = { kind: string; id: string; since: string };
const casesOf = ({ cases }: { cases: { items: Case[] } }, kind: string) =>
  cases.items.filter((item) => item.kind === kind);

describe('GET /api/admin/overview', () => {
  it('shows nothing to do on a new day, and every pool', async () => {
    const body = await overview();
    expect(body.cases).toEqual({
      payments_in_review: 0,
      refunds_due: 0,
      orders_unissued: 0,
      late_payments_undecided: 0,
      webhooks_failing: 0,
      commands_undelivered: 0,
      items: [],
    });
    expect(body.products.map(({ title }: { title: string }) => title)).toEqual([
      'Premium Plan',
      'Pet Plan',
      expect.stringMatching(/^Deluxe Tea Set/),
    ]);
    expect(poolOf(body.products, 'direct')).toEqual({
      channel: 'direct',
      allocated: 1_000,
      reserved: 0,
      sold: 0,
      available: 1_000,
    });
    expect(body.expiring).toEqual([]);
    expect(body.workers_live).toBe(1);
    expect(body.temporal).toEqual({ ui_url: 'http://temporal.example', namespace: 'default' });
    expect(Math.abs(Date.parse(body.as_of) - Date.now())).toBeLessThan(60_000);
  });

  it('shows a sale at once: in its pool and in its hour', async () => {
    const before = await overview();
    const { reservationId } = await sold(house, 2);
    const held = await reserved(house, 5);
    const after = await overview();
    expect(poolOf(after.products, 'ota')).toMatchObject({ reserved: 5, sold: 2, available: 1_993 });
    expect(after.sales).toHaveLength(24);
    const sum = (hours: { orders: number; units: number }[]) =>
      hours.reduce((so, { orders, units }) => ({ orders: so.orders + orders, units: so.units + units }), {
        orders: 0,
        units: 0,
      });
    expect(sum(before.sales)).toEqual({ orders: 0, units: 0 });
    expect(sum(after.sales)).toEqual({ orders: 1, units: 2 });
    const amounts = after.sales.flatMap((hour: { amounts: unknown[] }) => hour.amounts);
    expect(amounts).toEqual([{ amount: 2 * 318_00, currency: 'HKD', currency_precision: 2 }]);
    const starts: string[] = after.sales.map(({ from }: { from: string }) => from);
    expect(starts).toEqual(starts.toSorted());
    expect(starts.at(-1)).toMatch(/:00:00\.000Z$/);
    const ids = after.expiring.map(({ reservation_id }: { reservation_id: string }) => reservation_id);
    expect(ids).toContain(held);
    expect(ids).not.toContain(reservationId);
  });

  it('adds up the hours by when they were paid, without what was cancelled', async () => {
    const first = await sold(house, 1);
    const second = await sold(house, 3);
    const cancelled = await sold(house, 4);
    await house.sql(`update orders set paid_at = ${ago('5 hours')} where order_id = $1`, [first.orderId]);
    await house.sql(`update orders set paid_at = ${ago('25 hours')} where order_id = $1`, [second.orderId]);
    await house.post(`/api/ota/orders/${cancelled.orderId}/cancel`, { reason: 'rain' });
    const fresh = await openedAnew();
    const hours = (await fresh.get()).sales as { orders: number; units: number }[];
    await fresh.close();
    expect(hours.map(({ orders }) => orders)).toEqual([
      ...Array.from({ length: 18 }, () => 0),
      1,
      ...Array.from({ length: 4 }, () => 0),
      expect.any(Number),
    ]);
    expect(hours.reduce((so, { units }) => so + units, 0)).toBe(1 + 2);
  });

  it('lists the holds that end soonest, and no carts', async () => {
    const soon = await reserved(house, 2);
    await house.sql(
      `update channel_reservations set expires_at = ${ago('-3 minutes')}, reference = 'trip-1' where reservation_id = $1`,
      [soon],
    );
    const cart = await house.post(
      '/orders',
      {
        items: [{ product_id: 106, qty: 1, pricing_context: visit }],
        out_trade_no: randomUUID(),
        customer_details: { name: 'Guest', email: 'guest@example.com' },
      },
      { key: 'direct' },
    );
    expect(cart.status).toBe(201);
    const { expiring } = await overview();
    expect(expiring[0]).toMatchObject({
      reservation_id: soon,
      partner_id: 'demo-ota',
      channel: 'ota',
      external_reference: 'trip-1',
      units: 2,
    });
    const ends: string[] = expiring.map(({ expires_at }: { expires_at: string }) => expires_at);
    expect(ends).toEqual(ends.toSorted());
    expect(expiring.map(({ channel }: { channel: string }) => channel)).not.toContain('direct');
    await house.sql(
      `update channel_reservations set expires_at = started_at + interval '24 hours' where reservation_id = $1`,
      [soon],
    );
  });

  it('counts and lists what needs a decision: a payment under review, then its refund', async () => {
    const reservationId = await reserved(house, 1);
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    await house.notify(orderId, { reference: 'short', amount: 300_00, currency: 'HKD' });
    const body = await overview();
    expect(body.cases.payments_in_review).toBe(1);
    const [review] = casesOf(body, 'payment_in_review');
    expect(review).toMatchObject({
      order_id: orderId,
      reservation_id: reservationId,
      partner_id: 'demo-ota',
      amount: { amount: 300_00, currency: 'HKD', currency_precision: 2 },
      detail: expect.stringContaining('HKD 300.00'),
    });
    await house.post(`/api/admin/payments/${review?.id}/refund`, { reason: 'too little' }, { key: 'admin' });
    const later = await overview();
    expect([later.cases.payments_in_review, casesOf(later, 'payment_in_review')]).toEqual([0, []]);
    expect(casesOf(later, 'refund_due').at(-1)).toMatchObject({ order_id: orderId, detail: 'too little' });
    expect(later.cases.refunds_due).toBe(casesOf(later, 'refund_due').length);
  });

  it('lists what should have been seen to by now, once it is overdue', async () => {
    await house.stopWorker();
    const reservationId = await reserved(house, 1);
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    await house.notify(orderId);
    expect(casesOf(await overview(), 'order_unissued')).toEqual([]);
    await house.sql(`update orders set paid_at = ${ago('2 minutes')} where order_id = $1`, [orderId]);
    await house.sql(
      `insert into workflow_commands (workflow_id, kind, payload, created_at, due_at, last_error)
       values ('reservation:x', 'wake_reservation', $1, ${ago('1 minute')}, clock_timestamp() + interval '1 hour', 'away')`,
      [{ reservation_id: reservationId, partner_id: 'demo-ota', channel: 'ota' }],
    );
    const body = await overview();
    expect(body.cases).toMatchObject({ orders_unissued: 1, commands_undelivered: 1 });
    expect(casesOf(body, 'order_unissued')).toMatchObject([{ id: orderId, order_id: orderId }]);
    expect(casesOf(body, 'command_undelivered')).toMatchObject([
      { id: 'reservation:x', reservation_id: reservationId, detail: 'away' },
    ]);
    await house.sql(`delete from workflow_commands where workflow_id = 'reservation:x'`);
    await house.startWorker();
    await activated(house, orderId, 'anything').catch(() => undefined);
  });

  it('tells failing webhooks by their endpoint, without its address', async () => {
    const endpointId = randomUUID();
    await house.sql(
      `insert into webhook_endpoints (endpoint_id, partner_id, url, secrets)
       values ($1, 'demo-ota', 'https://user:secret@agency.example/hook', '{whsec_x}')`,
      [endpointId],
    );
    await house.sql(
      `insert into webhook_deliveries (delivery_id, endpoint_id, event_id, event_type, payload, attempts, last_status,
                                       next_attempt_at)
       select gen_random_uuid(), $1, gen_random_uuid(), 'order.paid', '{}', n, 500, now() + interval '1 hour'
         from generate_series(0, 3) n`,
      [endpointId],
    );
    const body = await overview();
    expect(body.cases.webhooks_failing).toBe(1);
    expect(casesOf(body, 'webhook_failing')).toMatchObject([
      { id: endpointId, partner_id: 'demo-ota', detail: '3 waiting, last answer: HTTP 500' },
    ]);
    expect(JSON.stringify(body)).not.toContain('secret');
    await house.sql(
      `update webhook_endpoints set status = 'disabled', disabled_reason = 'It answered 410 Gone.' where endpoint_id = $1`,
      [endpointId],
    );
    const disabled = await overview();
    expect(disabled.cases.webhooks_failing).toBe(1);
    expect(casesOf(disabled, 'webhook_failing')).toMatchObject([
      { id: endpointId, partner_id: 'demo-ota', detail: 'disabled: It answered 410 Gone.' },
    ]);
    await house.sql('delete from webhook_endpoints where endpoint_id = $1', [endpointId]);
  });

  it('shows the oldest of each kind before further ones of another, at most 50', async () => {
    const refunded = await sold(house, 1);
    await house.post(`/api/ota/orders/${refunded.orderId}/cancel`, { reason: 'rain' });
    const [refund] = await house.sql<{ order_id: string; payment_id: string }>(
      'select order_id, payment_id from refunds where order_id = $1',
      [refunded.orderId],
    );
    await house.sql(
      `with paid as (
         insert into payments (payment_id, order_id, sender, reference, verdict)
         select gen_random_uuid(), $1, 'x', n::text, 'failed' from generate_series(1, 60) n returning payment_id)
       insert into refunds (refund_id, order_id, payment_id, amount, currency, reason, created_at)
       select gen_random_uuid(), $1, payment_id, 1, 'HKD', 'old', ${ago('9 days')} from paid`,
      [refund?.order_id],
    );
    const reservationId = await reserved(house, 1);
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    await house.notify(orderId, { amount: 1, currency: 'HKD' });
    const body = await overview();
    expect(body.cases.items).toHaveLength(50);
    expect(body.cases.refunds_due).toBeGreaterThan(60);
    expect(casesOf(body, 'payment_in_review')).toHaveLength(1);
    const times: string[] = body.cases.items.map(({ since }: Case) => since);
    expect(times).toEqual(times.toSorted());
    await house.sql(`delete from refunds where reason = 'old'`);
    await house.sql(`delete from payments where sender = 'x'`);
  });

  it('leaves test partners out', async () => {
    const before = await overview();
    const key = await testKeyOf(house, 'trial', ['reservations:write', 'orders:write']);
    const as = { key: null, headers: { 'X-API-Key': key } };
    const { body: hold } = await house.post('/api/ota/reserve', { product_id: 106, quantity: 2 }, as);
    const { body: order } = await house.post(
      '/api/ota/orders',
      {
        reservation_id: hold.reservation_id,
        customer_details: { name: 'Guest', email: 'guest@example.com' },
        pricing_context: visit,
      },
      as,
    );
    await house.notify(order.order_id, { amount: 1, currency: 'HKD' });
    expect({ ...(await overview()), as_of: 0 }).toEqual({ ...before, as_of: 0 });
  });

  it.each([
    ['no key', null, 401],
    ['an agency', 'ota', 403],
    ['a gate', 'gate', 403],
  ] as const)('refuses %s', async (_who, key, status) => {
    expect((await house.get('/api/admin/overview', { key })).status).toBe(status);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});

const visit = { visit_date: '2030-06-15', customer_breakdown: [{ customer_type: 'adult', count: 1 }] };

/** Another API on the same database, which has not looked yet. */
async function openedAnew() {
  const { runApi } = await import('../../src/run-api.ts');
  const { createLog } = await import('../../src/log.ts');
  const api = await runApi(house.config, createLog('test', 'silent'));
  return {
    get: async () => {
      const response = await fetch(`http://127.0.0.1:${api.port}/api/admin/overview`, {
        headers: { 'X-API-Key': house.keys.admin },
      });
      return (await response.json()) as { sales: unknown[] };
    },
    close: api.close,
  };
}
