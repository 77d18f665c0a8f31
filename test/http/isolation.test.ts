import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { operations } from '../../src/contract/operations.ts';
import { type House, openHouse } from '../support/house.ts';
import { lastDelivery, openReceiver, type Receiver, registered } from '../support/receiver.ts';
import { breakdown, customer, ordered, reserved, SATURDAY, sold } from '../support/sale.ts';

const strangers = ['ota_2', 'direct'] as const;
const ota = operations.filter(({ path }) => path.startsWith('/api/ota/'));

let house: House;
let receiver: Receiver;
let sale: Awaited<ReturnType<typeof sold>>;
let unpaid: { reservationId: string; orderId: string };
let endpointId: string;
let deliveryId: string;
beforeAll(async () => {
  house = await openHouse({ worker: true, env: { ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
  receiver = await openReceiver();
  endpointId = (await registered(house, receiver.url)).endpoint_id;
  await house.post(`/api/ota/webhooks/${endpointId}/test`);
  deliveryId = (await lastDelivery(house, endpointId, 'delivered')).delivery_id;
  await house.sql(`update webhook_endpoints set events = '{inventory.low}'`);
  sale = await sold(house, 2);
  const reservationId = await reserved(house, 3);
  unpaid = { reservationId, orderId: (await ordered(house, reservationId, 1)).order_id };
});
afterAll(async () => {
  await house.close();
  await receiver.close();
});

/** The first partner's things, by the parameter that names them. */
const idsOf = (path: string): string[] => {
  if (path.includes('{reservation_id}')) return [sale.reservationId, unpaid.reservationId];
  if (path.includes('{endpoint_id}')) return [endpointId];
  if (path.includes('{delivery_id}')) return [deliveryId];
  return path.includes('{order_id}') ? [sale.orderId, unpaid.orderId] : [];
};
/** Everything of the first partner, as the database has it. */
const everything = async () =>
  JSON.stringify([
    await house.sql(`select * from channel_reservations where partner_id = 'demo-ota' order by 1`),
    await house.sql(`select * from reservation_lines order by 1, 2`),
    await house.sql(`select * from orders where partner_id = 'demo-ota' order by 1`),
    await house.sql(`select * from payments order by 1`),
    await house.sql(`select * from tickets order by 1`),
    await house.sql(`select * from refunds order by 1`),
    await house.sql(`select * from webhook_endpoints order by 1`),
    await house.sql(`select * from webhook_deliveries order by 1`),
  ]);
const validBody: Record<string, unknown> = {
  extendReservation: { reservation_expires_at: new Date(Date.now() + 3_600_000).toISOString() },
  cancelOrder: { reason: 'not mine' },
  advanceReservation: { seconds: 60 },
};
/** Whoever may reach across partners, or needs no key, is not a stranger. */
const ofPartners = operations.filter(
  ({ caller }) => !['public', 'signature', 'admin', 'tickets:redeem'].includes(caller),
);
/** A day is nobody's own: whose statement of it is asked for, the key says. */
const withId = ofPartners.filter(({ path }) => /\{(?!date\})\w+\}/.test(path));
/** Fields of bodies and queries that name something of a partner's; products are everybody's. */
const idFields = ({ body, query }: (typeof operations)[number]): string[] =>
  [body, query].flatMap((schema) =>
    schema instanceof z.ZodObject
      ? Object.keys(schema.shape).filter((name) => /^(?!product_).*_id$/.test(name))
      : [],
  );
/** What nobody but a test partner may do at all. */
const ofSandbox = 'advanceReservation';

const neutral = (text: string, id: string) => text.replaceAll(id, 'ID').replace(/"request_id":"[^"]+"/, '');

describe("another partner's reservations, orders and webhooks", () => {
  it.each(withId.map(({ id, method, path }) => [id, method, path] as const))(
    'do not exist for a stranger who calls %s, and stay as they are',
    async (id, method, path) => {
      const before = await everything();
      expect(idsOf(path)).not.toEqual([]);
      for (const key of strangers) {
        for (const known of idsOf(path)) {
          const filled = path.replace(/\{\w+\}/, known);
          const answer =
            method === 'post'
              ? await house.post(filled, validBody[id] ?? {}, { key })
              : await house[method](filled, { key });
          expect([key, answer.status, answer.body.code]).toEqual(
            id === ofSandbox ? [key, 403, 'PERMISSION_MISSING'] : [key, 404, 'NOT_FOUND'],
          );
        }
      }
      expect(await everything()).toBe(before);
    },
  );

  it('look to a stranger like ones that never existed', async () => {
    const never = '01890000-0000-7000-8000-000000000000';
    for (const { path } of withId.filter(({ method }) => method === 'get')) {
      for (const known of idsOf(path)) {
        const foreign = await house.get(path.replace(/\{\w+\}/, known), { key: 'ota_2' });
        const absent = await house.get(path.replace(/\{\w+\}/, never), { key: 'ota_2' });
        expect(neutral(foreign.text, known)).toBe(neutral(absent.text, never));
      }
    }
  });

  it('cannot be ordered from, or paid, by a stranger', async () => {
    const before = await everything();
    for (const key of strangers) {
      const order = await house.post(
        '/api/ota/orders',
        {
          reservation_id: unpaid.reservationId,
          customer_details: customer,
          pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
        },
        { key },
      );
      expect([order.status, order.body.code]).toEqual([404, 'NOT_FOUND']);
      for (const orderId of [unpaid.orderId, sale.orderId]) {
        const paid = await house.post(
          '/api/ota/activate',
          { order_id: orderId, payment_reference: 'x' },
          { key },
        );
        expect([paid.status, paid.body.code]).toEqual([404, 'NOT_FOUND']);
      }
    }
    expect(await everything()).toBe(before);
  });

  it('are in nobody else’s lists', async () => {
    const lists = ota.filter(({ method, path }) => method === 'get' && !path.includes('{'));
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Hong_Kong' }).format();
    for (const { path } of lists) {
      for (const key of strangers) {
        const day = path.endsWith('/reconciliation') ? `?from=${today}&to=${today}` : '';
        const { text } = await house.get(path + day, { key });
        for (const id of [
          sale.reservationId,
          sale.orderId,
          unpaid.reservationId,
          unpaid.orderId,
          endpointId,
        ]) {
          expect([path, text.includes(id)]).toEqual([path, false]);
        }
      }
    }
  });

  it('cannot be found, or reported on, by naming their partner or reservation', async () => {
    for (const key of strangers) {
      for (const path of [
        `/api/ota/orders?reservation_id=${sale.reservationId}`,
        '/api/ota/reconciliation?from=2026-01-01&to=2026-01-02&partner_id=demo-ota',
        '/api/ota/statements?partner_id=demo-ota',
        '/api/ota/statements/2026-01-01?partner_id=demo-ota',
      ]) {
        const { status, text } = await house.get(path, { key });
        expect([path, [200, 404, 422].includes(status)]).toEqual([path, true]);
        if (status === 200) expect(JSON.parse(text)).toMatchObject({ items: [] });
      }
    }
  });

  it('are named by no operation that is not tried here', () => {
    const named = ofPartners.flatMap((operation) =>
      idFields(operation).map((name) => `${operation.id} ${name}`),
    );
    expect(named.toSorted()).toEqual([
      'activateOrder order_id',
      'getReconciliation partner_id',
      'getStatement partner_id',
      'listOrders reservation_id',
      'listStatements partner_id',
      'placeOrder reservation_id',
    ]);
    expect(withId.length).toBeGreaterThan(12);
  });

  it('leave all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
