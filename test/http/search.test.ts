import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Trail } from '../../src/db/queries/read-trails.ts';
import { type House, openHouse } from '../support/house.ts';
import { lastDelivery, openReceiver, type Receiver, registered } from '../support/receiver.ts';
import { activated, badFields, customer, ordered, reserved, SATURDAY, sold } from '../support/sale.ts';

let house: House;
let receiver: Receiver;
let sale: Awaited<ReturnType<typeof sold>>;
let payment: { payment_id: string };
beforeAll(async () => {
  house = await openHouse({
    worker: true,
    env: { TEMPORAL_UI_URL: 'https://temporal.example', ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' },
  });
  receiver = await openReceiver();
  sale = await sold(house, 3);
  [payment] = (await house.sql<{ payment_id: string }>(
    'select payment_id from payments where order_id = $1',
    [sale.orderId],
  )) as [{ payment_id: string }];
});
afterAll(async () => {
  await house.close();
  await receiver.close();
});

type Match = Omit<Trail, 'kind'> & { run: { workflow_id: string; url: string | null } };
const search = async (q: string): Promise<{ kind: string; trail: Match }[]> => {
  const answer = await house.get(`/api/admin/search?q=${encodeURIComponent(q)}`, { key: 'admin' });
  expect([q, answer.status]).toEqual([q, 200]);
  return answer.body.matches;
};
/** What is found, in short. */
const found = async (q: string) =>
  (await search(q)).map(({ kind, trail }) => [
    kind,
    trail.reservation.reservation_id,
    trail.orders[0]?.order_id ?? null,
  ]);

describe('GET /api/admin/search', () => {
  it('finds a sale by every id that it has, however it is pasted', async () => {
    const { reservationId, orderId } = sale;
    const code = sale.tickets[0]?.ticket_code ?? '';
    const ofOrder = (kind: string) => [[kind, reservationId, orderId]];
    expect(await found(reservationId)).toEqual(ofOrder('reservation'));
    expect(await found(`reservation:${reservationId}`)).toEqual(ofOrder('reservation'));
    expect(await found(` ${orderId.toUpperCase()}\u00a0`)).toEqual(ofOrder('order'));
    expect(await found(payment.payment_id)).toEqual(ofOrder('payment'));
    expect(await found(`late-payment:${payment.payment_id}`)).toEqual(ofOrder('payment'));
    expect(await found(code)).toEqual(ofOrder('ticket'));
    expect(await found(code.toLowerCase())).toEqual(ofOrder('ticket'));
    expect(await found(`https://tickets.example/tickets/${code}/qr.svg`)).toEqual(ofOrder('ticket'));
  });

  it('finds it by what either side calls the payment', async () => {
    const reservationId = await reserved(house, 1);
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    await activated(house, orderId, 'agency-77');
    await house.notify(orderId, { reference: 'provider-78' });
    const expected = [['payment', reservationId, orderId]];
    expect(await found('agency-77')).toEqual(expected);
    expect(await found('provider-78')).toEqual(expected);
  });

  it('finds it by references of reservations and orders, whoever’s they are, the newest first', async () => {
    const named = async (key: 'ota' | 'ota_2') => {
      const body = { product_id: 106, quantity: 1, reference: 'group-5' };
      const hold = await house.post('/api/ota/reserve', body, { key });
      const order = await house.post(
        '/api/ota/orders',
        {
          reservation_id: hold.body.reservation_id,
          customer_details: customer,
          pricing_context: {
            visit_date: SATURDAY,
            customer_breakdown: [{ customer_type: 'adult', count: 1 }],
          },
          reference: 'booking-5',
        },
        { key },
      );
      expect(order.status).toBe(201);
      return [hold.body.reservation_id, order.body.order_id];
    };
    const first = await named('ota');
    const second = await named('ota_2');
    expect(await found('group-5')).toEqual([
      ['reservation', ...second],
      ['reservation', ...first],
    ]);
    expect(await found('booking-5')).toEqual([
      ['order', ...second],
      ['order', ...first],
    ]);
    expect(await found('group-50')).toEqual([]);
  });

  it('finds it by its refund, and by a webhook about it', async () => {
    const endpointId = (await registered(house, receiver.url)).endpoint_id;
    const cancelled = await sold(house, 1);
    await house.post(`/api/ota/orders/${cancelled.orderId}/cancel`, { reason: 'rain' });
    const [refund] = await house.sql<{ refund_id: string }>(
      'select refund_id from refunds where order_id = $1',
      [cancelled.orderId],
    );
    const [event] = await house.sql<{ event_id: string; delivery_id: string }>(
      `select event_id, delivery_id from webhook_deliveries
        where payload #>> '{data,order_id}' = $1 and event_type = 'order.paid'`,
      [cancelled.orderId],
    );
    const [held] = await house.sql<{ event_id: string }>(
      `select event_id from webhook_deliveries
        where payload #>> '{data,reservation_id}' = $1 and event_type = 'reservation.held'`,
      [cancelled.reservationId],
    );
    const { reservationId, orderId } = cancelled;
    expect(await found(refund?.refund_id ?? '')).toEqual([['refund', reservationId, orderId]]);
    expect(await found(event?.event_id ?? '')).toEqual([['webhook_event', reservationId, orderId]]);
    expect(await found(`webhook-delivery:${event?.delivery_id}`)).toEqual([
      ['webhook_delivery', reservationId, orderId],
    ]);
    expect(await found(held?.event_id ?? '')).toEqual([['webhook_event', reservationId, orderId]]);
    const test = await house.post(`/api/ota/webhooks/${endpointId}/test`);
    expect(await found(test.body.event_id)).toEqual([]);
    await lastDelivery(house, endpointId, 'delivered');
    await house.delete(`/api/ota/webhooks/${endpointId}`);
  });

  it('shows the whole trail, and no customer', async () => {
    const [ticket] = sale.tickets;
    const scan = await house.post(
      '/venue/scan',
      { qr: ticket?.qr_code, function_code: 'ferry', scan_id: 'pier-1-000017' },
      { key: 'gate' },
    );
    expect(scan.status).toBe(200);
    expect(await found('pier-1-000017')).toEqual([['scan', sale.reservationId, sale.orderId]]);
    const answer = await house.get(`/api/admin/search?q=${sale.orderId}`, { key: 'admin' });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/);
    const money = { amount: 3 * 318_00, currency: 'HKD', currency_precision: 2 };
    const tickets = sale.tickets.map(({ ticket_code }) => ({
      ticket_code,
      product_id: 106,
      status: 'valid',
    }));
    expect(answer.body.matches).toEqual([
      {
        kind: 'order',
        trail: {
          reservation: {
            reservation_id: sale.reservationId,
            partner_id: 'demo-ota',
            channel: 'ota',
            external_reference: null,
            status: 'completed',
            units: 3,
            lines: [{ product_id: 106, units: 3, ordered: 3, sold: 3, released: 0 }],
            created_at: time,
            expires_at: time,
            ended_at: time,
          },
          run: {
            workflow_id: `reservation:${sale.reservationId}`,
            url: `https://temporal.example/namespaces/default/workflows/reservation%3A${sale.reservationId}`,
          },
          orders_count: 1,
          orders: [
            {
              order_id: sale.orderId,
              reference: null,
              status: 'fulfilled',
              quantity: 3,
              total: money,
              created_at: time,
              paid_at: time,
              fulfilled_at: time,
              failure_reason: null,
              payments: [
                {
                  payment_id: payment.payment_id,
                  sender: 'demo-ota',
                  payment_reference: 'pay-1',
                  verdict: 'accepted',
                  reason: null,
                  paid: money,
                  received_at: time,
                },
              ],
              refunds: [],
              tickets: { count: 3, items: expect.arrayContaining(tickets.slice(1)) },
              scans_count: 1,
              scans: [
                {
                  ticket_code: ticket?.ticket_code,
                  function_code: 'ferry',
                  quantity: 1,
                  venue_code: null,
                  redeemed_at: time,
                },
              ],
            },
          ],
        },
      },
    ]);
    for (const personal of Object.values(customer)) expect(answer.text).not.toContain(personal);
  });

  it('ends its lists, beside the whole counts, with what was found first', async () => {
    const reservationId = await reserved(house, 130);
    const orders: string[] = [];
    for (let number = 0; number < 22; number += 1) {
      orders.push((await ordered(house, reservationId, 1)).order_id);
    }
    const { order_id: large } = await ordered(house, reservationId, 105);
    await activated(house, large, 'large');
    const [match] = await search(orders[0] ?? '');
    const trail = match?.trail;
    expect([trail?.orders_count, trail?.orders.length, trail?.orders[0]?.order_id]).toEqual([
      23,
      20,
      orders[0],
    ]);
    expect(trail?.orders[1]?.order_id).toBe(large);
    expect([trail?.orders[1]?.tickets.count, trail?.orders[1]?.tickets.items.length]).toEqual([105, 100]);
  });

  it('finds at most ten', async () => {
    for (let number = 0; number < 12; number += 1) {
      await house.post('/api/ota/reserve', { product_id: 107, quantity: 1, reference: 'many' });
    }
    expect(await search('many')).toHaveLength(10);
  });

  it.each([
    'nothing',
    '01890000-0000-7000-8000-000000000000',
    'A'.repeat(26),
    "1' or '1'='1",
    '%',
    customer.email,
    'Chan Tai Man',
    '\u{1F39F}',
  ])('finds nothing for %j, which is no error', async (q) => {
    expect(await search(q)).toEqual([]);
  });

  it.each([
    ['none', '', ['q']],
    ['a blank', '?q=%20', ['q']],
    ['one too long', `?q=${'x'.repeat(201)}`, ['q']],
    ['a NUL', '?q=%00', ['q']],
    ['two', '?q=a&q=b', ['q']],
    ['something else', '?q=a&limit=9', ['limit']],
  ])('refuses a text that is %s', async (_what, query, fields) => {
    const answer = await house.get(`/api/admin/search${query}`, { key: 'admin' });
    expect([answer.status, badFields(answer)]).toEqual([422, fields]);
  });

  it('refuses who is no operator', async () => {
    expect((await house.get(`/api/admin/search?q=${sale.orderId}`, { key: 'ota' })).status).toBe(403);
    expect((await house.get(`/api/admin/search?q=${sale.orderId}`, { key: null })).status).toBe(401);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
