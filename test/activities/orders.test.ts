import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Activities } from '../../activities/index.ts';
import { readToken } from '../../src/tickets/qr-token.ts';
import { type House, openHouse } from '../support/house.ts';
import { activitiesOf } from '../support/house-with-runs.ts';
import { one, outcomeOf, pool } from '../support/runs.ts';
import { customer, ordered, reserved, SATURDAY } from '../support/sale.ts';

const twice = <R>(call: () => Promise<R>) => Promise.all([call(), call()]);

describe('the activities of a paid order', () => {
  let house: House;
  let activities: Activities;
  beforeAll(async () => {
    // Without a worker: the activities are called here only.
    house = await openHouse();
    activities = activitiesOf(house);
  });
  afterAll(() => house.close());

  it('issue 2,000 tickets with codes of their own, valid signatures and the add-ons dealt out, once', async () => {
    const reservationId = await reserved(house, 2_000);
    const placed = await house.post('/api/ota/orders', {
      reservation_id: reservationId,
      customer_details: customer,
      pricing_context: {
        visit_date: SATURDAY,
        customer_breakdown: [
          { customer_type: 'adult', count: 1_500 },
          { customer_type: 'child', count: 500 },
        ],
        addons: [
          { addon_id: 'tokens-plan-a', quantity: 2_500 },
          { addon_id: 'tokens-plan-c', quantity: 100 },
        ],
      },
    });
    const orderId = placed.body.order_id as string;
    expect((await house.notify(orderId)).status).toBe(200);

    const outcomes = await twice(() => activities.fulfilOrder(orderId));
    const units = { held: 0, sold: 2_000, released: 0 };
    const work = { status: 'completed', expires_at: expect.any(String) as unknown, paid_orders: [], units };
    expect(outcomes).toContainEqual({ outcome: 'done', work });
    expect(outcomes).toContainEqual({ outcome: 'done' });
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2_000,
      refunds: 0,
      payments: 1,
    });

    const tickets = await house.sql<{
      ticket_code: string;
      qr_token: string;
      unit_number: number;
      customer_type: string;
    }>(
      'select ticket_code, qr_token, unit_number, customer_type from tickets where order_id = $1 order by unit_number',
      [orderId],
    );
    expect(new Set(tickets.map((ticket) => ticket.ticket_code)).size).toBe(2_000);
    expect(tickets.map((ticket) => ticket.unit_number)).toEqual(
      Array.from({ length: 2_000 }, (_, index) => index + 1),
    );
    expect(tickets.filter((ticket) => ticket.customer_type === 'child')).toHaveLength(500);
    const misread = tickets.filter(({ qr_token, ticket_code }) => {
      const read = readToken(house.config.signingKeys, qr_token);
      return read.kind !== 'static' || read.ticketCode !== ticket_code;
    });
    expect(misread).toEqual([]);

    const tokens = await house.sql<{ total: number; tickets: number }>(
      `select total, count(*)::int as tickets from ticket_entitlements join tickets using (ticket_code)
        where order_id = $1 and function_code = 'playground_tokens' and remaining = total group by total order by total`,
      [orderId],
    );
    // 10 of the plan for all, 10 of plan A for all and 10 more for the first 500, 50 of plan C for the first 100.
    expect(tokens).toEqual([
      { total: 20, tickets: 1_500 },
      { total: 30, tickets: 400 },
      { total: 80, tickets: 100 },
    ]);
    expect(
      await one(house, `select count(*)::int from ticket_entitlements where function_code = 'ferry'`),
    ).toEqual({ count: 2_000 });
    expect(await house.disagreements()).toEqual([]);
  }, 60_000);

  it('undo nothing of an order that has its tickets', async () => {
    const reservationId = await reserved(house, 2, 107);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.notify(orderId);
    await activities.fulfilOrder(orderId);
    await activities.compensateOrder(orderId, 'too late');
    expect(await outcomeOf(house, orderId)).toMatchObject({ status: 'fulfilled', tickets: 2, refunds: 0 });
    expect(await house.disagreements()).toEqual([]);
  });

  /** As the first of the two steps of a former release left it. */
  const sellWithoutTickets = (orderId: string, reservationId: string) =>
    house.sql(
      `with o as (
         update orders set confirmed_at = clock_timestamp() where order_id = '${orderId}' returning units
       ), line as (
         update reservation_lines set sold = sold + units_of_order from (select units as units_of_order from o) o
          where reservation_id = '${reservationId}' returning product_id
       ), pool as (
         update product_inventory set channel_allocations = moved(channel_allocations, 'ota', -o.units, o.units)
           from o, line where product_inventory.product_id = line.product_id
       )
       insert into inventory_ledger (product_id, channel, reservation_id, order_id, delta_reserved, delta_sold, reason)
       select product_id, 'ota', '${reservationId}', '${orderId}', -units, units, 'sold' from o, line`,
    );

  it('issue the tickets of an order whose units a former release has sold, and sell none again', async () => {
    const before = await pool(house, 107);
    const reservationId = await reserved(house, 2, 107);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.notify(orderId);
    await sellWithoutTickets(orderId, reservationId);
    expect(await activities.confirmOrder(orderId)).toEqual({ outcome: 'done' });
    expect(await activities.issueTickets(orderId)).toMatchObject({ outcome: 'done' });
    expect(await outcomeOf(house, orderId)).toMatchObject({ status: 'fulfilled', tickets: 2, refunds: 0 });
    expect(await pool(house, 107)).toEqual({ ...before, sold: before.sold + 2 });
    expect(await house.disagreements()).toEqual([]);
  });

  it.each([[0], [1]])('compensate once, and issue nothing afterwards, after %i steps', async (steps) => {
    const before = await pool(house, 107);
    const reservationId = await reserved(house, 2, 107);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.notify(orderId);
    if (steps > 0) await sellWithoutTickets(orderId, reservationId);
    await twice(() => activities.compensateOrder(orderId, 'the test says so'));
    await activities.fulfilOrder(orderId);
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'refund_due',
      tickets: 0,
      refunds: 1,
      payments: 1,
    });
    expect(await pool(house, 107)).toEqual(before);
    expect(await house.disagreements()).toEqual([]);
  });

  it('decide in favour of one side where compensating and issuing come at once', async () => {
    for (let round = 0; round < 8; round += 1) {
      const reservationId = await reserved(house, 1, 108);
      const { order_id: orderId } = await ordered(house, reservationId, 1);
      await house.notify(orderId);
      await Promise.all([activities.fulfilOrder(orderId), activities.compensateOrder(orderId, 'a race')]);
      const { tickets, refunds } = await outcomeOf(house, orderId);
      expect(tickets + refunds).toBe(1);
    }
    expect(await house.disagreements()).toEqual([]);
  });

  it('do not touch an order that is not paid', async () => {
    const reservationId = await reserved(house, 1, 108);
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    const before = await pool(house, 108);
    await activities.fulfilOrder(orderId);
    await activities.compensateOrder(orderId, 'nothing to undo');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'pending_payment',
      tickets: 0,
      refunds: 0,
      payments: 0,
    });
    expect(await pool(house, 108)).toEqual(before);
    expect(await house.disagreements()).toEqual([]);
  });
});
