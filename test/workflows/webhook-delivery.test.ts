import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { eventTypes, retryAfterSeconds, retryWaitMs } from '../../src/domain/webhooks.ts';
import { commandOverdueWork } from '../../src/db/queries/open-work.ts';
import { prune } from '../../src/db/queries/prune.ts';
import { readableHistory } from '../support/history.ts';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { type DeliveryRow, type Event, lastDelivery, openReceiver, registered } from '../support/receiver.ts';
import { allDelivered, one, orderBecomes, skipAhead } from '../support/runs.ts';
import { customer, ordered, reserved, sold } from '../support/sale.ts';

const PATH = '/api/ota/webhooks';
const ADMIN = { key: 'admin' } as const;

const receiver = await openReceiver();
afterAll(() => receiver.close());
const { house, runs } = await openHouseWithRuns({
  worker: true,
  env: { ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' },
});
afterEach(async () => {
  receiver.answer = () => ({ status: 204 });
  await house.sql('update webhook_endpoints set deleted_at = clock_timestamp() where deleted_at is null');
});

const at = (path: string) => receiver.url + path;
const sendTest = (endpointId: string) => house.post(`${PATH}/${endpointId}/test`);
const handleOf = (deliveryId: string) => runs.client.workflow.getHandle(`webhook-delivery:${deliveryId}`);
/** Waits until a run has failed so often, then moves its clock over the wait that follows. */
const skipWait = async (deliveryId: string, attempts: number) => {
  await eventually('the attempt recorded', async () => {
    const row = await rowOf(deliveryId);
    return row.attempts === attempts;
  });
  const waitMs = retryWaitMs(deliveryId, attempts) ?? 0;
  await skipAhead(runs.client, `webhook-delivery:${deliveryId}`, Math.ceil(waitMs / 1000));
};
const rowOf = (deliveryId: string) =>
  one<DeliveryRow>(house, 'select * from webhook_deliveries where delivery_id = $1', [deliveryId]);
/** Waits until an endpoint has been told of so many events of the types, and returns them. */
const told = (path: string, secret: string, types: string[]) =>
  eventually(`${types.join(', ')} at ${path}`, async () => {
    const events = receiver.events(path, secret);
    const found = events.map(({ type }) => type);
    return types.every((type) => found.includes(type)) && events;
  });
const dataOf = (events: Event[], type: string) =>
  events.filter((event) => event.type === type).map(({ data }) => data);

describe('the events of a sale', () => {
  it('are each told once, signed, with ids and states and no personal data', async () => {
    const { endpoint_id: id, secret } = await registered(house, at('/life'));
    await registered(house, at('/other-partner'), {
      key: 'ota_2',
      events: eventTypes.filter((t) => t !== 'inventory.low'),
    });

    const sale = await sold(house, 2);
    const scan = await house.post(
      '/venue/scan',
      { qr: sale.tickets[0]?.qr_code, function_code: 'ferry', scan_id: 'webhook-scan' },
      { key: 'gate' },
    );
    expect(scan.status).toBe(200);

    const released = await reserved(house, 3);
    const until = new Date(Date.now() + 23 * 3_600_000).toISOString();
    await house.sql(
      `update channel_reservations set expires_at = started_at + interval '2 hours' where reservation_id = $1`,
      [released],
    );
    expect(
      (await house.post(`/api/ota/reservations/${released}/extend`, { reservation_expires_at: until }))
        .status,
    ).toBe(200);
    const cancelled = await ordered(house, released, 1);
    await house.post(`/api/ota/orders/${cancelled.order_id}/cancel`, { reason: 'no longer wanted' });
    const lapsed = await ordered(house, released, 1);
    await house.delete(`/api/ota/reservations/${released}`);

    const expired = await reserved(house, 4);
    await runs.waiting(expired);
    await skipAhead(runs.client, `reservation:${expired}`, 24 * 3_600);

    // Late money whose units are gone: the pool is emptied first, which also makes it low.
    const { free } = await one<{ free: number }>(
      house,
      `select channel_free(channel_allocations, 'ota') as free from product_inventory where product_id = 106`,
    );
    await eventually('the expired units back', async () => {
      const row = await one<{ status: string }>(
        house,
        'select status from channel_reservations where reservation_id = $1',
        [expired],
      );
      return row.status === 'expired';
    });
    await reserved(house, free + 4);
    await house.notify(lapsed.order_id);
    await orderBecomes(house, lapsed.order_id, 'refund_due');

    const refunded = await sold(house, 1, 107);
    await house.post(`/api/ota/orders/${refunded.orderId}/cancel`, { reason: 'ill' });

    await told('/life', secret, [...eventTypes]);
    await eventually('every delivery delivered', async () => {
      const open = await house.sql(`select from webhook_deliveries where status <> 'delivered'`);
      return open.length === 0;
    });
    const events = receiver.events('/life', secret);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(eventTypes));
    expect(dataOf(events, 'reservation.held')).toContainEqual({
      reservation_id: sale.reservationId,
      status: 'held',
      reserved_until: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    });
    expect(dataOf(events, 'reservation.extended')).toEqual([
      { reservation_id: released, status: 'held', reserved_until: until },
    ]);
    expect(dataOf(events, 'reservation.released')).toEqual([
      { reservation_id: released, status: 'released', reserved_until: until },
    ]);
    expect(dataOf(events, 'reservation.expired')).toEqual([
      { reservation_id: expired, status: 'expired', reserved_until: expect.any(String) },
    ]);
    expect(dataOf(events, 'order.created')).toContainEqual({
      order_id: sale.orderId,
      reservation_id: sale.reservationId,
      status: 'pending_payment',
      quantity: 2,
    });
    expect(dataOf(events, 'order.paid')).toContainEqual({
      order_id: sale.orderId,
      reservation_id: sale.reservationId,
      status: 'paid',
      quantity: 2,
      payment_id: expect.any(String),
    });
    expect(dataOf(events, 'order.fulfilled')).toContainEqual({
      order_id: sale.orderId,
      reservation_id: sale.reservationId,
      status: 'fulfilled',
      quantity: 2,
    });
    expect(dataOf(events, 'order.cancelled')).toEqual(
      expect.arrayContaining([
        {
          order_id: cancelled.order_id,
          reservation_id: released,
          status: 'cancelled',
          quantity: 1,
          refund_id: null,
        },
        {
          order_id: refunded.orderId,
          reservation_id: refunded.reservationId,
          status: 'cancelled',
          quantity: 1,
          refund_id: expect.any(String),
        },
      ]),
    );
    expect(dataOf(events, 'order.refund_due')).toEqual([
      {
        order_id: lapsed.order_id,
        reservation_id: released,
        status: 'refund_due',
        quantity: 1,
        payment_id: expect.any(String),
        refund_id: expect.any(String),
      },
    ]);
    expect(dataOf(events, 'ticket.redeemed')).toEqual([
      {
        ticket_code: sale.tickets[0]?.ticket_code,
        order_id: sale.orderId,
        status: 'valid',
        function_code: 'ferry',
        quantity: 1,
        remaining: 0,
      },
    ]);
    expect(dataOf(events, 'inventory.low')).toEqual([
      { product_id: 106, channel: 'ota', available: 0, allocated: 2000 },
    ]);
    expect(receiver.received.filter(({ path }) => path === '/other-partner')).toEqual([]);

    const seen = receiver.received.filter(({ path }) => path === '/life');
    const ids = seen.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(ids.length);
    const rows = await house.sql<DeliveryRow>('select * from webhook_deliveries where endpoint_id = $1', [
      id,
    ]);
    expect(ids.toSorted()).toEqual(rows.map((row) => row.event_id).toSorted());

    const histories = await Promise.all(
      rows.map(async (row) => readableHistory(await handleOf(row.delivery_id).fetchHistory())),
    );
    const everything = [...histories, ...seen.map(({ text }) => text)].join('\n');
    for (const secretOrPersonal of [customer.name, customer.email, secret, secret.slice(6), at('/life')]) {
      expect(everything).not.toContain(secretOrPersonal);
    }
    expect(await house.disagreements()).toEqual([]);
  });

  it('come to each endpoint of a partner that wants them, under one id', async () => {
    const all = await registered(house, at('/all'));
    const some = await registered(house, at('/some'), { events: ['order.created'] });
    await ordered(house, await reserved(house, 1, 108), 1);
    await told('/all', all.secret, ['reservation.held', 'order.created']);
    const events = await told('/some', some.secret, ['order.created']);
    expect(events.map(({ type }) => type)).toEqual(['order.created']);
    const sent = receiver.received.filter(({ text }) => text.includes('order.created'));
    const idAt = (path: string) => sent.find((request) => request.path === path)?.headers['webhook-id'];
    expect(idAt('/some')).toBe(idAt('/all'));
  });

  it('are all told when many happen at once, each once', async () => {
    const { secret } = await registered(house, at('/many'), { events: ['reservation.held'] });
    // Some may be refused where the machine is slow: what counts is that told and accepted are the same.
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => house.post('/api/ota/reserve', { product_id: 108, quantity: 1 })),
    );
    const ids: string[] = answers
      .filter(({ status }) => status === 201)
      .map(({ body }) => body.reservation_id);
    expect(ids.length).toBeGreaterThan(1);
    await eventually('all told', async () => receiver.events('/many', secret).length >= ids.length);
    await allDelivered(house);
    const events = dataOf(receiver.events('/many', secret), 'reservation.held');
    expect(events.map((data) => data.reservation_id).toSorted()).toEqual(ids.toSorted());
  });

  it('reach an endpoint while the one of another partner hangs', async () => {
    const hanging = createServer();
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const open = new Set<Socket>();
    let ended = 0;
    hanging.on('connection', (socket) => {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        ended += 1;
      });
    });
    const { port } = hanging.address() as AddressInfo;
    const events = { events: ['reservation.held'] };
    await registered(house, `http://127.0.0.1:${port}/`, { ...events, key: 'ota_2' });
    const { secret } = await registered(house, at('/beside'), events);
    try {
      const hold = { product_id: 108, quantity: 1 };
      const flood = Array.from({ length: 60 }, () => house.post('/api/ota/reserve', hold, { key: 'ota_2' }));
      await Promise.all(flood);
      await eventually('its places taken', async () => open.size === 20);
      await reserved(house, 1, 108);
      await told('/beside', secret, ['reservation.held']);
      expect([open.size, ended]).toEqual([20, 0]);
    } finally {
      for (const socket of open) socket.destroy();
      hanging.close();
    }
  });

  it('tell of a low pool once, until it has been higher again', async () => {
    const { secret } = await registered(house, at('/low'), { events: ['inventory.low'] });
    const shared = await registered(house, at('/low-2'), { events: ['inventory.low'], key: 'ota_2' });
    const { free, allocated } = await one<{ free: number; allocated: number }>(
      house,
      `select channel_free(channel_allocations, 'ota') as free, (channel_allocations -> 'ota' ->> 'allocated')::int as allocated
         from product_inventory where product_id = 107`,
    );
    const tenth = Math.floor(allocated / 10);
    await reserved(house, free - tenth - 1, 107);
    await reserved(house, 1, 107);
    await Promise.all(Array.from({ length: 5 }, () => reserved(house, 1, 107)));
    const [first] = await told('/low', secret, ['inventory.low']);
    expect(first?.data).toEqual({ product_id: 107, channel: 'ota', available: tenth, allocated });
    const held = await house.sql<{ reservation_id: string }>(
      `select reservation_id from channel_reservations r join reservation_lines l using (reservation_id)
        where r.status = 'held' and l.product_id = 107 and l.units = 1`,
    );
    for (const { reservation_id } of held) await house.delete(`/api/ota/reservations/${reservation_id}`);
    await reserved(house, 7, 107);
    await eventually('the second time', async () => receiver.events('/low', secret).length === 2);
    await eventually('the other one told as well', async () => {
      return receiver.events('/low-2', shared.secret).length >= 2;
    });
    await allDelivered(house);
    const toldOthers = receiver.events('/low-2', shared.secret);
    expect(toldOthers).toHaveLength(2);
    expect(toldOthers).toEqual(expect.arrayContaining(receiver.events('/low', secret)));
  });
});

describe('a delivery', () => {
  it('is tried again after a failure, with the same id and body and a signature of its own', async () => {
    const { endpoint_id: id, secret } = await registered(house, at('/again'));
    receiver.answer = () => ({ status: 500, body: 'x'.repeat(5_000) });
    const { delivery_id: delivery } = (await sendTest(id)).body;
    await skipWait(delivery, 1);
    await eventually('a second attempt', async () => (await rowOf(delivery)).attempts === 2);
    expect(await rowOf(delivery)).toMatchObject({
      status: 'pending',
      last_status: 500,
      last_error: 'The endpoint answered 500.',
    });
    receiver.answer = () => ({ status: 200 });
    await skipWait(delivery, 2);
    await lastDelivery(house, id, 'delivered', 3);
    expect(await handleOf(delivery).result()).toEqual({ outcome: 'delivered' });
    const sent = receiver.received.filter(({ path }) => path === '/again');
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ text, headers }) => `${headers['webhook-id']} ${text}`)).size).toBe(1);
    expect(receiver.events('/again', secret)).toHaveLength(3);
  });

  it('has failed after three days', async () => {
    expect(retryAfterSeconds.reduce((sum, seconds) => sum + seconds, 0) / 3_600).toBeCloseTo(72, -1);
    const { endpoint_id: id } = await registered(house, at('/down'));
    receiver.answer = () => ({ status: 503 });
    const { delivery_id: delivery } = (await sendTest(id)).body;
    for (const index of retryAfterSeconds.keys()) await skipWait(delivery, index + 1);
    const attempts = retryAfterSeconds.length + 1;
    expect(await lastDelivery(house, id, 'failed', attempts)).toMatchObject({ last_status: 503 });
    expect(await handleOf(delivery).result()).toEqual({ outcome: 'failed' });
  });

  it('ends at once with 410, which disables the endpoint', async () => {
    const { endpoint_id: id } = await registered(house, at('/gone'));
    receiver.answer = () => ({ status: 410 });
    const { delivery_id: delivery } = (await sendTest(id)).body;
    expect(await lastDelivery(house, id, 'failed')).toMatchObject({ last_status: 410 });
    expect(await handleOf(delivery).result()).toEqual({ outcome: 'failed' });
    const shown = await house.get(`${PATH}/${id}`);
    expect(shown.body).toMatchObject({ status: 'disabled', disabled_reason: 'It answered 410 Gone.' });
    expect(
      await house.sql(
        `select actor, request_id from audit_log where subject = $1 and action = 'disable_webhook'`,
        [id],
      ),
    ).toEqual([{ actor: 'worker', request_id: expect.stringMatching(/^webhook-delivery:/) }]);
    await reserved(house, 1, 108);
    expect(await house.sql('select from webhook_deliveries where endpoint_id = $1', [id])).toHaveLength(1);
  });

  it('is not tried at an endpoint that was disabled or deleted meanwhile', async () => {
    for (const change of [`status = 'disabled'`, 'deleted_at = clock_timestamp()']) {
      const { endpoint_id: id } = await registered(house, at('/off'));
      receiver.answer = () => ({ status: 500 });
      const { delivery_id: delivery } = (await sendTest(id)).body;
      await lastDelivery(house, id, 'pending', 1);
      await house.sql(`update webhook_endpoints set ${change} where endpoint_id = $1`, [id]);
      await skipWait(delivery, 1);
      expect(await handleOf(delivery).result()).toEqual({ outcome: 'failed' });
      expect(await rowOf(delivery)).toMatchObject({ attempts: 1, last_error: 'The endpoint is disabled.' });
    }
  });

  it('does not follow a redirect', async () => {
    const { endpoint_id: id } = await registered(house, at('/moved'));
    receiver.answer = () => ({ status: 307, headers: { Location: at('/secret-place') } });
    await sendTest(id);
    expect(await lastDelivery(house, id, 'pending')).toMatchObject({ last_status: 307 });
    expect(receiver.received.some(({ path }) => path === '/secret-place')).toBe(false);
  });

  it('is signed with both secrets after a rotation, and with the two newest after another', async () => {
    const { endpoint_id: id, secret: first } = await registered(house, at('/rotated'));
    const { secret: second } = (await house.post(`${PATH}/${id}/rotate`)).body;
    await sendTest(id);
    await lastDelivery(house, id, 'delivered');
    for (const secret of [first, second]) expect(receiver.events('/rotated', secret)).toHaveLength(1);
    const { secret: third } = (await house.post(`${PATH}/${id}/rotate`)).body;
    receiver.received.length = 0;
    await sendTest(id);
    await eventually('the next', async () => receiver.received.length === 1);
    for (const secret of [second, third]) expect(receiver.events('/rotated', secret)).toHaveLength(1);
    const [request] = receiver.received;
    const withFirst = () =>
      new Webhook(first).verify(request?.text ?? '', request?.headers as Record<string, string>);
    expect(withFirst).toThrow();
  });

  it('is replayed under the same id, also when it was delivered', async () => {
    const { endpoint_id: id, secret } = await registered(house, at('/replayed'));
    const { delivery_id: delivery } = (await sendTest(id)).body;
    await lastDelivery(house, id, 'delivered', 1);
    await handleOf(delivery).result();
    const answer = await house.post(`${PATH}/deliveries/${delivery}/replay`);
    expect([answer.status, answer.body.status]).toEqual([202, 'pending']);
    await lastDelivery(house, id, 'delivered', 2);
    const ids = receiver.received
      .filter(({ path }) => path === '/replayed')
      .map(({ headers }) => headers['webhook-id']);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
    expect(receiver.events('/replayed', secret)).toHaveLength(2);
    expect(await runs.count(`webhook-delivery:${delivery}`)).toBe(2);
  });

  it('is replayed at once while its run waits for the next attempt', async () => {
    const { endpoint_id: id } = await registered(house, at('/hurry'));
    receiver.answer = () => ({ status: 500 });
    const { delivery_id: delivery } = (await sendTest(id)).body;
    await skipWait(delivery, 1);
    await lastDelivery(house, id, 'pending', 2);
    await skipWait(delivery, 2);
    await lastDelivery(house, id, 'pending', 3);
    receiver.answer = () => ({ status: 204 });
    await house.post(`${PATH}/deliveries/${delivery}/replay`);
    await lastDelivery(house, id, 'delivered', 4);
    expect(await handleOf(delivery).result()).toEqual({ outcome: 'delivered' });
    expect(await runs.count(`webhook-delivery:${delivery}`)).toBe(1);
  });

  it('is commanded again by the sweep only when its next attempt is overdue', async () => {
    const { endpoint_id: id } = await registered(house, at('/swept'));
    receiver.answer = () => ({ status: 500 });
    const { delivery_id: delivery } = (await sendTest(id)).body;
    await lastDelivery(house, id, 'pending', 1);
    await allDelivered(house);
    const commands = async () => {
      await commandOverdueWork(house.em());
      return (
        await house.sql('select from workflow_commands where workflow_id = $1', [
          `webhook-delivery:${delivery}`,
        ])
      ).length;
    };
    expect(await commands()).toBe(1);
    await handleOf(delivery).terminate('lost');
    await house.sql(
      `update webhook_deliveries set next_attempt_at = clock_timestamp() - interval '61 seconds' where delivery_id = $1`,
      [delivery],
    );
    receiver.answer = () => ({ status: 204 });
    expect(await commands()).toBe(2);
    expect(await commands()).toBe(2);
    await lastDelivery(house, id, 'delivered', 2);
  });

  it('that ended is kept for 30 days, and what a deleted endpoint leaves for a week', async () => {
    const kept = await registered(house, at('/kept'));
    const deleted = await registered(house, at('/deleted'));
    for (const { endpoint_id: id } of [kept, deleted]) {
      await sendTest(id);
      await sendTest(id);
      await eventually('both delivered', async () => {
        const rows = await house.sql(
          `select from webhook_deliveries where endpoint_id = $1 and status = 'delivered'`,
          [id],
        );
        return rows.length === 2;
      });
    }
    await house.sql(
      `update webhook_deliveries set created_at = created_at - interval '31 days'
        where delivery_id = (select delivery_id from webhook_deliveries where endpoint_id = $1 limit 1)`,
      [kept.endpoint_id],
    );
    await house.sql(
      `update webhook_endpoints set deleted_at = clock_timestamp() - interval '8 days' where endpoint_id = $1`,
      [deleted.endpoint_id],
    );
    await prune(house.em());
    const left = (id: string) => house.sql('select from webhook_deliveries where endpoint_id = $1', [id]);
    expect((await left(kept.endpoint_id)).length).toBe(1);
    expect((await left(deleted.endpoint_id)).length).toBe(0);
  });
});

describe('a sale whose partner deletes its endpoint at the same moment', () => {
  it('goes on', async () => {
    const { endpoint_id: id } = await registered(house, at('/leaving'));
    const [answers] = await Promise.all([
      Promise.all(
        Array.from({ length: 20 }, () => house.post('/api/ota/reserve', { product_id: 108, quantity: 1 })),
      ),
      house.delete(`${PATH}/${id}`),
    ]);
    expect(answers.filter(({ status }) => status === 500)).toEqual([]);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    expect(await house.disagreements()).toEqual([]);
  });
});

describe('an operator’s decision on a payment', () => {
  it('is told as order.paid or order.refund_due', async () => {
    const { secret } = await registered(house, at('/decided'), {
      events: ['order.paid', 'order.refund_due'],
    });
    const { order_id: orderId, payment_required } = await ordered(house, await reserved(house, 1, 108), 1);
    await house.notify(orderId, { amount: payment_required.amount - 1, currency: 'HKD', reference: 'short' });
    const { payment_id: payment } = await one<{ payment_id: string }>(
      house,
      'select payment_id from payments where order_id = $1',
      [orderId],
    );
    await house.post(`/api/admin/payments/${payment}/accept`, undefined, ADMIN);
    await orderBecomes(house, orderId, 'fulfilled');
    await house.notify(orderId, { reference: 'second' });
    const second = await one<{ payment_id: string }>(
      house,
      `select payment_id from payments where order_id = $1 and verdict = 'review'`,
      [orderId],
    );
    await house.post(`/api/admin/payments/${second.payment_id}/refund`, { reason: 'paid twice' }, ADMIN);
    const events = await told('/decided', secret, ['order.paid', 'order.refund_due']);
    expect(dataOf(events, 'order.paid')).toMatchObject([{ order_id: orderId, payment_id: payment }]);
    expect(dataOf(events, 'order.refund_due')).toMatchObject([
      { order_id: orderId, status: 'fulfilled', payment_id: second.payment_id },
    ]);
  });
});
