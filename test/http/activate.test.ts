import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type House, openHouse } from '../support/house.ts';
import { activated, badFields, ordered, reserved, type SoldTicket } from '../support/sale.ts';

const newOrder = async (house: House, adults = 1, productId = 106) =>
  (await ordered(house, await reserved(house, adults, productId), adults)).order_id;
const codesOf = (tickets: SoldTicket[]) => tickets.map(({ ticket_code }) => ticket_code);
const paymentsOf = (house: House, orderId: string) =>
  house.sql(
    `select sender, reference, activation_reference as activated, notified_reference as notified, amount, verdict
       from payments where order_id = $1 order by received_at`,
    [orderId],
  );

describe('POST /api/ota/activate', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ worker: true });
  });
  afterAll(() => house.close());

  const activate = (orderId: unknown, reference: unknown = 'pay-1', headers: Record<string, string> = {}) =>
    house.post('/api/ota/activate', { order_id: orderId, payment_reference: reference }, { headers });
  const ticketsInDatabase = (orderId: string) =>
    house.sql(`select ticket_code from tickets where order_id = $1 order by unit_number`, [orderId]);

  it('turns a paid order into a ticket for each unit', async () => {
    const orderId = await newOrder(house, 3);
    const answer = await activate(orderId);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ activation_status: 'success', order_id: orderId });
    const tickets: SoldTicket[] = answer.body.tickets;
    expect(tickets).toHaveLength(3);
    for (const ticket of tickets) {
      expect(ticket).toMatchObject({
        product_id: 106,
        customer_type: 'adult',
        status: 'valid',
        qr_code: expect.stringMatching(/^[A-Z2-7]{138}$/),
        qr_code_url: `http://tickets.example/tickets/${ticket.ticket_code}/qr.svg`,
      });
      expect(
        ticket.entitlements.map(({ function_code, total, remaining }) => [function_code, total, remaining]),
      ).toEqual([
        ['ferry', 1, 1],
        ['monchhichi_gift', 1, 1],
        ['playground_tokens', 10, 10],
      ]);
    }
    expect(codesOf(tickets)).toEqual(
      (await ticketsInDatabase(orderId)).map((row) => (row as { ticket_code: string }).ticket_code),
    );
    expect(await paymentsOf(house, orderId)).toEqual([
      {
        sender: 'demo-ota',
        reference: 'pay-1',
        activated: 'pay-1',
        notified: null,
        amount: '95400',
        verdict: 'accepted',
      },
    ]);
  });

  it('answers a repeat with the same tickets', async () => {
    const orderId = await newOrder(house, 2);
    const first = await activate(orderId);
    const second = await activate(orderId);
    expect([second.status, second.text]).toEqual([200, first.text]);
    expect(await paymentsOf(house, orderId)).toHaveLength(1);
  });

  it('issues one set of tickets to 20 parallel repeats', async () => {
    const orderId = await newOrder(house, 2);
    const answers = await Promise.all(Array.from({ length: 20 }, () => activate(orderId)));
    const done = answers.filter(({ status }) => status === 200);
    for (const answer of answers) expect([200, 202]).toContain(answer.status);
    const tickets = await activated(house, orderId);
    for (const { body } of done) expect(body.tickets).toEqual(tickets);
    expect(await ticketsInDatabase(orderId)).toHaveLength(2);
    expect(await paymentsOf(house, orderId)).toHaveLength(1);
  });

  it('answers 409 to another payment reference, and keeps the first', async () => {
    const orderId = await newOrder(house);
    const [ticket] = await activated(house, orderId, 'pay-a');
    const other = await activate(orderId, 'pay-b');
    expect([other.status, other.body.code]).toEqual([409, 'ALREADY_PAID']);
    expect(other.body.detail).toContain('pay-a');
    expect(await paymentsOf(house, orderId)).toMatchObject([{ reference: 'pay-a', verdict: 'accepted' }]);
    expect((await activate(orderId, 'pay-a')).body.tickets).toEqual([ticket]);
  });

  it('answers with the tickets that a webhook has paid for, whatever its reference', async () => {
    const orderId = await newOrder(house);
    expect((await house.notify(orderId, { reference: 'provider-1' })).status).toBe(200);
    const tickets = await activated(house, orderId, 'agency-1');
    expect(tickets).toHaveLength(1);
    expect(await paymentsOf(house, orderId)).toMatchObject([
      { reference: 'provider-1', activated: 'agency-1', notified: 'provider-1', verdict: 'accepted' },
    ]);
    const other = await activate(orderId, 'agency-2');
    expect([other.status, other.body.code]).toEqual([409, 'ALREADY_PAID']);
  });

  it('leaves a payment to which the first later webhook attaches, whatever its reference', async () => {
    const orderId = await newOrder(house);
    const tickets = await activated(house, orderId, 'agency-1');
    expect(
      (await house.notify(orderId, { reference: 'provider-1', amount: 31_800, currency: 'HKD' })).status,
    ).toBe(200);
    expect(await paymentsOf(house, orderId)).toMatchObject([
      { reference: 'agency-1', activated: 'agency-1', notified: 'provider-1', verdict: 'accepted' },
    ]);
    expect((await activate(orderId, 'agency-1')).body.tickets).toEqual(tickets);
  });

  it('issues one set of tickets when activate and webhook come at the same time', async () => {
    const orderIds = await Promise.all(Array.from({ length: 5 }, () => newOrder(house, 2)));
    for (const orderId of orderIds) {
      const [answer, notified] = await Promise.all([
        activate(orderId, 'agency'),
        house.notify(orderId, { reference: 'provider' }),
      ]);
      expect([200, 202]).toContain(answer.status);
      expect(notified.status).toBe(200);
      expect(await activated(house, orderId, 'agency')).toHaveLength(2);
      expect(await ticketsInDatabase(orderId)).toHaveLength(2);
      expect(await paymentsOf(house, orderId)).toMatchObject([
        { activated: 'agency', notified: 'provider', verdict: 'accepted' },
      ]);
    }
  });

  it('answers 409 for a payment that waits for an operator', async () => {
    const orderId = await newOrder(house);
    await house.notify(orderId, { reference: 'short', amount: 1 });
    const answer = await activate(orderId, 'short');
    expect([answer.status, answer.body.code]).toEqual([409, 'PAYMENT_IN_REVIEW']);
    expect(await ticketsInDatabase(orderId)).toHaveLength(0);
  });

  it('takes the units of an ended hold again while the pool has them', async () => {
    const reservationId = await reserved(house, 2);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    expect(await activated(house, orderId)).toHaveLength(2);
    const { body } = await house.get(`/api/ota/reservations/${reservationId}`);
    expect(body).toMatchObject({ status: 'released', units: { held: 0, ordered: 2, sold: 2, released: 0 } });
  });

  it('answers 409 with the refund when the units of an ended hold are gone', async () => {
    const reservationId = await reserved(house, 2, 107);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    const { body: inventory } = await house.get('/api/ota/inventory?product_ids=107');
    const all = await reserved(house, inventory.available_quantities[107], 107);

    const answer = await eventually('a decision', async () => {
      const late = await activate(orderId);
      return late.status !== 202 && late;
    });
    expect([answer.status, answer.body.code, answer.body.refund_status]).toEqual([409, 'HOLD_ENDED', 'due']);
    expect((await activate(orderId)).body.code).toBe('HOLD_ENDED');
    const { body: order } = await house.get(`/api/ota/orders/${orderId}`);
    expect(order).toMatchObject({
      status: 'refund_due',
      refunds: [{ status: 'due', amount: { amount: 37_600, currency: 'HKD', currency_precision: 2 } }],
    });
    await house.delete(`/api/ota/reservations/${all}`);
  });

  it('says failed, with the refund, when issuing is refused for good', async () => {
    await house.sql(`update product_functions set active = false where product_id = 107`);
    const orderId = await newOrder(house, 2, 107);
    const answer = await activate(orderId);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      activation_status: 'failed',
      order_id: orderId,
      reason: expect.stringContaining('107'),
      refund_status: 'due',
    });
    expect((await activate(orderId)).text).toBe(answer.text);
    expect(await ticketsInDatabase(orderId)).toHaveLength(0);
    await house.sql(`update product_functions set active = true where product_id = 107`);
  });

  it("answers 404 for another partner's order, which stays unpaid", async () => {
    const orderId = await newOrder(house);
    for (const key of ['ota_2', 'direct'] as const) {
      const answer = await house.post(
        '/api/ota/activate',
        { order_id: orderId, payment_reference: 'theirs' },
        { key },
      );
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
    expect(await paymentsOf(house, orderId)).toEqual([]);
    for (const strange of ['01890000-0000-7000-8000-000000000000', 'x', 'a\u0000b']) {
      expect((await activate(strange)).status).toBe(404);
    }
  });

  it('names every bad field at once', async () => {
    const answer = await house.post('/api/ota/activate', { order_id: 1, payment_reference: '', amount: 1 });
    expect([answer.status, badFields(answer)]).toEqual([422, ['amount', 'order_id', 'payment_reference']]);
    for (const reference of ['a\u0000b', 'a\uD800', 'x'.repeat(101), ' ', null, 7]) {
      const bad = await activate(await newOrder(house), reference);
      expect([bad.status, badFields(bad)]).toEqual([422, ['payment_reference']]);
    }
  });

  it('honours an Idempotency-Key: same answer, other body refused, free after a refusal', async () => {
    const orderId = await newOrder(house);
    const headers = { 'Idempotency-Key': 'activate-1' };
    const first = await activate(orderId, 'keyed', headers);
    const second = await activate(orderId, 'keyed', headers);
    expect([second.status, second.text]).toEqual([200, first.text]);
    expect(first.headers.get('Idempotent-Replayed')).toBeNull();
    expect(second.headers.get('Idempotent-Replayed')).toBe('true');
    const other = await activate(orderId, 'other', headers);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);

    const refusedHeaders = { 'Idempotency-Key': 'activate-2' };
    expect((await activate(orderId, 'other', refusedHeaders)).body.code).toBe('ALREADY_PAID');
    expect((await activate(orderId, 'keyed', refusedHeaders)).text).toBe(first.text);
  });

  it('issues one set of tickets to 10 parallel repeats of one key', async () => {
    const orderId = await newOrder(house);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => activate(orderId, 'together', { 'Idempotency-Key': 'activate-3' })),
    );
    for (const answer of answers) expect([200, 202]).toContain(answer.status);
    expect(await activated(house, orderId, 'together')).toHaveLength(1);
    expect(await paymentsOf(house, orderId)).toHaveLength(1);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});

describe('POST /api/ota/activate without a worker', () => {
  it('answers 202 within 2 seconds, and 200 with tickets once a worker has started', async () => {
    const house = await openHouse();
    try {
      const orderId = await newOrder(house, 2);
      const headers = { 'Idempotency-Key': 'patience' };
      const body = { order_id: orderId, payment_reference: 'early' };
      const startedAt = performance.now();
      const first = await house.post('/api/ota/activate', body, { headers });
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect([first.status, first.body]).toEqual([
        202,
        { activation_status: 'processing', order_id: orderId },
      ]);
      expect(first.headers.get('Location')).toBe(`/api/ota/orders/${orderId}`);
      expect((await house.get(`/api/ota/orders/${orderId}`)).body.status).toBe('paid');

      await house.startWorker();
      const later = await eventually('tickets', async () => {
        const answer = await house.post('/api/ota/activate', body, { headers });
        return answer.status === 200 && answer;
      });
      expect(later.body.activation_status).toBe('success');
      expect(later.body.tickets).toHaveLength(2);
      expect(await paymentsOf(house, orderId)).toHaveLength(1);
      expect(await house.disagreements()).toEqual([]);
    } finally {
      await house.close();
    }
  });
});
