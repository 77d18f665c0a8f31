import { describe, expect, it } from '@jest/globals';
import { searchAttributes } from '../../workflows/messages.ts';
import { readableHistory } from '../support/history.ts';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { one, orderBecomes, pool, skipAhead } from '../support/runs.ts';
import { breakdown, customer, ordered, reserved, SATURDAY } from '../support/sale.ts';

const DAY_SECONDS = 24 * 60 * 60;

const { house, runs } = await openHouseWithRuns({ worker: true });

describe('reservationWorkflow', () => {
  const status = async (reservationId: string) =>
    (
      await one<{ status: string }>(
        house,
        'select status from channel_reservations where reservation_id = $1',
        [reservationId],
      )
    ).status;

  it('completes with everything sold once the webhook has told the payment', async () => {
    const before = await pool(house);
    const reservationId = await reserved(house, 5);
    const { order_id: orderId } = await ordered(house, reservationId, 5);
    expect((await house.notify(orderId)).status).toBe(200);

    expect(await runs.of(reservationId).result()).toEqual({
      status: 'completed',
      held: 5,
      sold: 5,
      released: 0,
    });
    const { body } = await house.get(`/api/ota/orders/${orderId}/tickets`);
    expect(body.items).toHaveLength(5);
    expect(await pool(house)).toEqual({ ...before, sold: before.sold + 5 });
    expect(await status(reservationId)).toBe('completed');
    expect(await house.disagreements()).toEqual([]);
  });

  it('completes after the last of several orders is paid, and not before', async () => {
    const reservationId = await reserved(house, 5);
    const first = await ordered(house, reservationId, 2);
    const second = await ordered(house, reservationId, 3);
    await house.notify(first.order_id);
    await orderBecomes(house, first.order_id, 'fulfilled');
    expect((await runs.of(reservationId).describe()).status.name).toBe('RUNNING');
    expect(await runs.of(reservationId).query('reservation')).toMatchObject({
      status: 'held',
      fulfilled: 1,
      refused: 0,
    });
    await house.notify(second.order_id);
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'completed',
      held: 5,
      sold: 5,
      released: 0,
    });
  });

  it('ends a partly sold hold at its deadline: unsold units back, unpaid orders expired, paid tickets kept', async () => {
    const before = await pool(house);
    const reservationId = await reserved(house, 10);
    const paid = await ordered(house, reservationId, 4);
    const unpaid = await ordered(house, reservationId, 3);
    await house.notify(paid.order_id);
    await orderBecomes(house, paid.order_id, 'fulfilled');

    await skipAhead(runs.client, `reservation:${reservationId}`, DAY_SECONDS);
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'expired',
      held: 10,
      sold: 4,
      released: 6,
    });

    expect(await status(reservationId)).toBe('expired');
    expect(await pool(house)).toEqual({ ...before, sold: before.sold + 4 });
    await orderBecomes(house, unpaid.order_id, 'expired');
    const tickets = await house.sql<{ status: string }>('select status from tickets where order_id = $1', [
      paid.order_id,
    ]);
    expect(tickets.map((ticket) => ticket.status)).toEqual(['valid', 'valid', 'valid', 'valid']);
    expect(await house.disagreements()).toEqual([]);
  });

  it('ends at the release, keeping what is paid', async () => {
    const before = await pool(house);
    const reservationId = await reserved(house, 6);
    const paid = await ordered(house, reservationId, 2);
    await house.notify(paid.order_id);
    expect((await house.delete(`/api/ota/reservations/${reservationId}`)).status).toBe(200);
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'released',
      held: 6,
      sold: 2,
      released: 4,
    });
    expect(await pool(house)).toEqual({ ...before, sold: before.sold + 2 });
    expect(await house.disagreements()).toEqual([]);
  });

  it('runs a direct sale of several products to its tickets', async () => {
    const answer = await house.post(
      '/orders',
      {
        items: [106, 108].map((productId) => ({
          product_id: productId,
          qty: 2,
          pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(2) },
        })),
        customer_details: customer,
        out_trade_no: 'direct-1',
      },
      { key: 'direct' },
    );
    expect(answer.status).toBe(201);
    await house.notify(answer.body.order_id);
    await orderBecomes(house, answer.body.order_id, 'fulfilled');
    const { reservation_id: reservationId } = await one<{ reservation_id: string }>(
      house,
      'select reservation_id from orders where order_id = $1',
      [answer.body.order_id],
    );
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'completed',
      held: 4,
      sold: 4,
      released: 0,
    });
    const described = await runs.of(reservationId).describe();
    expect(described.typedSearchAttributes.get(searchAttributes.productIds)).toEqual(['106', '108']);
    expect(await house.disagreements()).toEqual([]);
  });

  it('waits again where an extension came just before the deadline, and ends at the new one', async () => {
    const reservationId = await reserved(house, 3);
    await house.sql(
      `update channel_reservations set expires_at = started_at + interval '1 hour' where reservation_id = $1`,
      [reservationId],
    );
    const workflowId = `reservation:${reservationId}`;
    await runs.started(workflowId);
    await runs.client.workflow.getHandle(workflowId).signal('lookAgain');
    await eventually('the shorter deadline', async () => {
      const story = await runs.of(reservationId).query<{ expiresAt: string }>('reservation');
      return Date.parse(story.expiresAt) - Date.now() < 2 * 3600_000;
    });
    // The extension: committed, its signal lost.
    const { extended } = await one<{ extended: string }>(
      house,
      `update channel_reservations set expires_at = started_at + interval '20 hours' where reservation_id = $1
       returning to_jsonb(expires_at) #>> '{}' as extended`,
      [reservationId],
    );
    await skipAhead(runs.client, workflowId, 3600);
    await eventually('the new deadline in the run', async () => {
      const story = await runs.of(reservationId).query<{ expiresAt: string }>('reservation');
      return story.expiresAt === extended;
    });
    expect(await status(reservationId)).toBe('held');
    expect((await runs.of(reservationId).describe()).status.name).toBe('RUNNING');

    await skipAhead(runs.client, workflowId, 20 * 3600);
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'expired',
      held: 3,
      sold: 0,
      released: 3,
    });
    expect(await house.disagreements()).toEqual([]);
  });

  it('lets operators find a run by what it sells, and reads nothing personal into its history', async () => {
    const reservationId = await reserved(house, 2);
    await runs.started(`reservation:${reservationId}`);
    const { expires } = await one<{ expires: string }>(
      house,
      `select to_jsonb(expires_at) #>> '{}' as expires from channel_reservations where reservation_id = $1`,
      [reservationId],
    );
    const running = await runs.of(reservationId).describe();
    expect(running.typedSearchAttributes.get(searchAttributes.partner)).toBe('demo-ota');
    expect(running.typedSearchAttributes.get(searchAttributes.channel)).toBe('ota');
    expect(running.typedSearchAttributes.get(searchAttributes.productIds)).toEqual(['106']);
    expect(running.typedSearchAttributes.get(searchAttributes.reservationStatus)).toBe('held');
    expect(running.typedSearchAttributes.get(searchAttributes.holdExpiresAt)?.getTime()).toBe(
      Date.parse(expires),
    );
    expect(await running.staticSummary()).toBe('demo-ota: hold on 106 (ota)');
    expect(await running.staticDetails()).toContain(reservationId);

    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.notify(orderId, { reference: 'pay-secret-reference' });
    await runs.of(reservationId).result();
    const ended = await runs.of(reservationId).describe();
    expect(ended.typedSearchAttributes.get(searchAttributes.reservationStatus)).toBe('completed');
    await eventually('the run among the completed ones of its partner', async () => {
      const query = `Partner = "demo-ota" and ReservationStatus = "completed" and WorkflowId = "reservation:${reservationId}"`;
      for await (const found of runs.client.workflow.list({ query })) return found.workflowId !== '';
      return false;
    });

    const texts = readableHistory(await runs.of(reservationId).fetchHistory());
    expect(texts).toContain(orderId);
    for (const personal of [customer.name, customer.email, 'pay-secret-reference']) {
      expect(texts).not.toContain(personal);
    }
  });

  it('keeps its search attributes when it continues as new, and goes on to sell', async () => {
    const reservationId = await reserved(house, 1);
    const handle = runs.of(reservationId);
    await runs.started(`reservation:${reservationId}`);
    const first = (await handle.describe()).runId;
    const signal = () => handle.signal('lookAgain');
    for (let sent = 0; sent < 1_000; sent += 100) await Promise.all(Array.from({ length: 100 }, signal));
    const continued = await eventually('a new run', async () => {
      const described = await handle.describe();
      return described.runId !== first && described;
    });
    expect(continued.typedSearchAttributes.get(searchAttributes.partner)).toBe('demo-ota');
    expect(continued.typedSearchAttributes.get(searchAttributes.reservationStatus)).toBe('held');
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    await house.notify(orderId);
    expect(await handle.result()).toEqual({ status: 'completed', held: 1, sold: 1, released: 0 });
    expect(await house.disagreements()).toEqual([]);
  });
});
