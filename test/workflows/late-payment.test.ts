import { beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowCommand } from '../../src/db/queries/commands.ts';
import { deliver } from '../../src/relay/deliver.ts';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { emptyPool, one, orderBecomes, outcomeOf, pool } from '../support/runs.ts';
import { ordered, reserved } from '../support/sale.ts';

const REFUNDED = { status: 'refund_due', tickets: 0, refunds: 1, payments: 1 };

const { house, runs } = await openHouseWithRuns({ worker: true });

describe('latePaymentWorkflow', () => {
  /** An order whose hold was released before it was paid. */
  async function lapsedOrder(productId = 106, adults = 2) {
    const reservationId = await reserved(house, adults, productId);
    const order = await ordered(house, reservationId, adults);
    expect((await house.delete(`/api/ota/reservations/${reservationId}`)).status).toBe(200);
    return { reservationId, orderId: order.order_id, total: order.payment_required.amount };
  }
  const activate = (orderId: string, reference = `pay-${orderId}`) =>
    house.post('/api/ota/activate', { order_id: orderId, payment_reference: reference });
  const paymentOf = (orderId: string) =>
    one<{ payment_id: string; verdict: string; awaits_units: boolean }>(
      house,
      'select payment_id, verdict, awaits_units from payments where order_id = $1',
      [orderId],
    );
  const resultFor = async (orderId: string) => runs.lateOf((await paymentOf(orderId)).payment_id).result();

  it('takes the units again for a late webhook and issues the tickets', async () => {
    const before = await pool(house);
    const { orderId, reservationId } = await lapsedOrder();
    expect((await house.notify(orderId)).status).toBe(200);
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await outcomeOf(house, orderId)).toMatchObject({ tickets: 2, refunds: 0 });
    expect(await resultFor(orderId)).toEqual({ outcome: 'fulfilled' });
    expect(await pool(house)).toEqual({ ...before, sold: before.sold + 2 });
    expect(
      await one(house, 'select status from channel_reservations where reservation_id = $1', [reservationId]),
    ).toEqual({
      status: 'released',
    });
    expect(await house.disagreements()).toEqual([]);
  });

  it('answers a late activate with its tickets while the pool has the units', async () => {
    const { orderId } = await lapsedOrder();
    const answer = await activate(orderId);
    expect(answer).toMatchObject({ status: 200, body: { activation_status: 'success' } });
    expect(answer.body.tickets).toHaveLength(2);
    expect((await activate(orderId)).body).toEqual(answer.body);
    expect(await house.disagreements()).toEqual([]);
  });

  it('refunds a late webhook whose units are gone', async () => {
    const { orderId } = await lapsedOrder(107);
    await emptyPool(house, 107);
    const before = await pool(house, 107);
    await house.notify(orderId);
    await orderBecomes(house, orderId, 'refund_due');
    expect(await resultFor(orderId)).toEqual({ outcome: 'refund_due' });
    expect(await outcomeOf(house, orderId)).toEqual(REFUNDED);
    expect(await pool(house, 107)).toEqual(before);
    expect(await house.disagreements()).toEqual([]);
  });

  it('answers a late activate whose units are gone with 409 and the refund, once for several at a time', async () => {
    const { orderId } = await lapsedOrder(108);
    await emptyPool(house, 108);
    const answers = await Promise.all([activate(orderId), activate(orderId), activate(orderId)]);
    for (const answer of [...answers, await activate(orderId)]) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'HOLD_ENDED', refund_status: 'due' } });
    }
    expect(await outcomeOf(house, orderId)).toEqual(REFUNDED);
    expect(await house.disagreements()).toEqual([]);
  });

  it('takes the same late money once, told by webhook and activate together', async () => {
    const { orderId } = await lapsedOrder();
    const tell = () => house.notify(orderId, { reference: `pay-${orderId}` });
    await Promise.all([tell(), activate(orderId), tell(), activate(orderId), tell()]);
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      refunds: 0,
      payments: 1,
    });
    expect(await house.disagreements()).toEqual([]);
  });

  it('leaves late money of another amount to an operator, and takes the right amount after it', async () => {
    const { orderId, total } = await lapsedOrder();
    await house.notify(orderId, { reference: 'too-little', amount: total - 1, currency: 'HKD' });
    await house.notify(orderId, { reference: 'other-money', amount: total, currency: 'USD' });
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'expired',
      tickets: 0,
      refunds: 0,
      payments: 2,
    });
    const verdicts = await house.sql('select verdict, awaits_units from payments where order_id = $1', [
      orderId,
    ]);
    expect(verdicts).toEqual(Array.from({ length: 2 }, () => ({ verdict: 'review', awaits_units: false })));

    await house.notify(orderId, { reference: 'right', amount: total, currency: 'HKD' });
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      refunds: 0,
      payments: 3,
    });
    expect(await house.disagreements()).toEqual([]);
  });

  it('refunds late money whose tickets are refused for good, and gives the units back', async () => {
    const before = await pool(house);
    const { orderId } = await lapsedOrder();
    await house.sql('update product_functions set active = false where product_id = 106');
    try {
      const answer = await activate(orderId);
      expect(answer).toMatchObject({
        status: 200,
        body: { activation_status: 'failed', refund_status: 'due' },
      });
    } finally {
      await house.sql('update product_functions set active = true where product_id = 106');
    }
    expect(await outcomeOf(house, orderId)).toEqual(REFUNDED);
    expect(await resultFor(orderId)).toEqual({ outcome: 'refund_due' });
    expect(await pool(house)).toEqual(before);
    expect(await house.disagreements()).toEqual([]);
  });

  it.each(['fulfilled', 'refund_due'])(
    'run again after it has ended, tells %s as before and changes nothing',
    async (outcome) => {
      const { orderId } = await lapsedOrder();
      if (outcome === 'refund_due') await emptyPool(house, 106);
      await house.notify(orderId);
      await orderBecomes(house, orderId, outcome);
      const before = await outcomeOf(house, orderId);
      const first = await resultFor(orderId);
      const [row] = await house.sql<{ command: WorkflowCommand }>(
        `select to_jsonb(c) as command from workflow_commands c where workflow_id = $1`,
        [`late-payment:${(await paymentOf(orderId)).payment_id}`],
      );
      if (!row) throw new Error('no command');
      await deliver(runs.client, house.config.taskQueue, row.command);
      await eventually('a second run', async () => (await runs.count(row.command.workflow_id)) === 2);
      expect(await resultFor(orderId)).toEqual(first);
      expect(await outcomeOf(house, orderId)).toEqual(before);
      expect(await house.disagreements()).toEqual([]);
    },
  );

  /** Cancelled before it was paid: its units are the hold's again. */
  async function cancelledOrder() {
    const reservationId = await reserved(house, 2, 106);
    const { order_id: orderId, payment_required: due } = await ordered(house, reservationId, 2);
    await house.sql(
      `with cancelled as (update orders set status = 'cancelled' where order_id = $1 returning reservation_id, units)
       update reservation_lines l set ordered = ordered - c.units from cancelled c where l.reservation_id = c.reservation_id`,
      [orderId],
    );
    return { reservationId, orderId, total: due.amount };
  }

  describe('a payment for a cancelled order', () => {
    beforeAll(async () => {
      await house.sql(
        `update product_inventory set sellable_cap = sellable_cap + 100,
                channel_allocations = jsonb_set(channel_allocations, '{ota,allocated}',
                  to_jsonb((channel_allocations -> 'ota' ->> 'allocated')::int + 100)) where product_id = 106`,
      );
      await house.sql(
        `insert into inventory_ledger (product_id, channel, delta_allocated, reason) values (106, 'ota', 100, 'test')`,
      );
    });

    it('is refunded where a webhook tells it, and every further one too', async () => {
      const { orderId, total } = await cancelledOrder();
      await house.notify(orderId, { reference: 'first', amount: total, currency: 'HKD' });
      await house.notify(orderId, { reference: 'first', amount: total, currency: 'HKD' });
      expect(await outcomeOf(house, orderId)).toEqual({
        status: 'cancelled',
        tickets: 0,
        refunds: 1,
        payments: 1,
      });
      await house.notify(orderId, { reference: 'second', amount: total, currency: 'HKD' });
      expect(await outcomeOf(house, orderId)).toEqual({
        status: 'cancelled',
        tickets: 0,
        refunds: 2,
        payments: 2,
      });
      expect(await house.disagreements()).toEqual([]);
    });

    it('is refunded in the amount that came, where that is another', async () => {
      const { orderId, total } = await cancelledOrder();
      await house.notify(orderId, { amount: total + 500, currency: 'HKD' });
      const refunds = await house.sql('select amount::int, currency from refunds where order_id = $1', [
        orderId,
      ]);
      expect(refunds).toEqual([{ amount: total + 500, currency: 'HKD' }]);
      expect(await house.disagreements()).toEqual([]);
    });

    it('is answered by activate with 409 and its refund', async () => {
      const { orderId } = await cancelledOrder();
      for (const answer of [await activate(orderId), await activate(orderId)]) {
        expect(answer).toMatchObject({
          status: 409,
          body: { code: 'ORDER_CANCELLED', refund_status: 'due' },
        });
      }
      expect(await outcomeOf(house, orderId)).toEqual({
        status: 'cancelled',
        tickets: 0,
        refunds: 1,
        payments: 1,
      });
      expect(await house.disagreements()).toEqual([]);
    });

    it('is refunded also after the hold was released', async () => {
      const { orderId, reservationId } = await cancelledOrder();
      await house.delete(`/api/ota/reservations/${reservationId}`);
      await house.notify(orderId);
      expect(await outcomeOf(house, orderId)).toEqual({
        status: 'cancelled',
        tickets: 0,
        refunds: 1,
        payments: 1,
      });
      expect(await house.disagreements()).toEqual([]);
    });
  });
});
