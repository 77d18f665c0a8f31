import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { one, orderBecomes, pool } from '../support/runs.ts';
import { ordered, reserved } from '../support/sale.ts';

/** What refuses an order for good, each brought about in the database. */
const tamperings = {
  'its line has more units': `update order_lines set units = units + 1 where order_id = $1`,
  'its line has fewer units': `update order_lines set units = units - 1 where order_id = $1`,
  'its breakdown has another count': `update order_lines set quote = jsonb_set(quote, '{lines,0,count}', '7') where order_id = $1`,
  'its breakdown is empty': `update order_lines set quote = jsonb_set(quote, '{lines}', '[]') where order_id = $1`,
  'its line is gone': `delete from order_lines where order_id = $1`,
};

const { house, runs } = await openHouseWithRuns({ worker: true });

describe('compensation of an order that is refused for good', () => {
  async function expectRefunded(orderId: string) {
    await orderBecomes(house, orderId, 'refund_due');
    const refunds = await house.sql<{ amount: string; status: string }>(
      `select f.amount, f.status from refunds f join orders o using (order_id)
        where order_id = $1 and f.amount = o.total_amount`,
      [orderId],
    );
    expect(refunds).toEqual([{ amount: expect.any(String), status: 'due' }]);
    const valid = await house.sql(`select from tickets where order_id = $1 and status <> 'void'`, [orderId]);
    expect(valid).toEqual([]);
  }

  it('refunds where the product admits to nothing, and gives the held units back', async () => {
    const before = await pool(house, 107);
    const reservationId = await reserved(house, 3, 107);
    const { order_id: orderId, payment_required: due } = await ordered(house, reservationId, 3);
    await house.sql('update product_functions set active = false where product_id = 107');
    try {
      const answer = await house.post('/api/ota/activate', {
        order_id: orderId,
        payment_reference: 'pay-none',
      });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        activation_status: 'failed',
        order_id: orderId,
        reason: 'Product 107 has no active entitlement.',
        refund_status: 'due',
      });
      await expectRefunded(orderId);
      expect(due.amount).toBeGreaterThan(0);
      expect(await runs.of(reservationId).result()).toEqual({
        status: 'released',
        held: 3,
        sold: 0,
        released: 3,
      });
      expect(await pool(house, 107)).toEqual(before);
      expect(
        await house.sql(
          'select delta_sold, delta_reserved from inventory_ledger where order_id = $1 order by entry_id',
          [orderId],
        ),
      ).toEqual([{ delta_sold: 0, delta_reserved: -3 }]);
    } finally {
      await house.sql('update product_functions set active = true where product_id = 107');
    }
    expect(await house.disagreements()).toEqual([]);
  });

  it.each(Object.entries(tamperings))(
    'refunds where %s, and sells the hold to others',
    async (_, tampering) => {
      const before = await pool(house);
      const reservationId = await reserved(house, 6);
      const wrong = await ordered(house, reservationId, 3);
      const right = await ordered(house, reservationId, 2);
      await house.sql(tampering, [wrong.order_id]);

      const [failed, sold] = await Promise.all(
        [wrong, right].map(({ order_id }) =>
          house.post('/api/ota/activate', { order_id, payment_reference: `pay-${order_id}` }),
        ),
      );
      expect(failed).toMatchObject({
        status: 200,
        body: { activation_status: 'failed', refund_status: 'due' },
      });
      expect(failed?.body.reason).toMatch(/units/);
      expect(sold).toMatchObject({ status: 200, body: { activation_status: 'success' } });
      await expectRefunded(wrong.order_id);

      const last = await ordered(house, reservationId, 1);
      await house.notify(last.order_id);
      await orderBecomes(house, last.order_id, 'fulfilled');
      // Nothing is left to wait for, and not all of it was sold.
      expect(await runs.of(reservationId).result()).toEqual({
        status: 'released',
        held: 6,
        sold: 3,
        released: 3,
      });
      expect(await pool(house)).toEqual({ ...before, sold: before.sold + 3 });
      expect(await house.disagreements()).toEqual([]);
    },
  );

  it('refunds once however often it is told, and tells the caller the same again', async () => {
    const reservationId = await reserved(house, 2);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.sql(tamperings['its breakdown is empty'], [orderId]);
    const activate = () =>
      house.post('/api/ota/activate', { order_id: orderId, payment_reference: 'pay-once' });
    const answers = await Promise.all([
      activate(),
      activate(),
      house.notify(orderId, { reference: 'pay-once' }),
    ]);
    await expectRefunded(orderId);
    const again = await activate();
    expect(again).toMatchObject({ status: 200, body: { activation_status: 'failed', refund_status: 'due' } });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await house.notify(orderId, { reference: 'pay-once' });
    await expectRefunded(orderId);
    expect(await one(house, 'select count(*)::int from payments where order_id = $1', [orderId])).toEqual({
      count: 1,
    });
    expect(await house.disagreements()).toEqual([]);
  });

  it('refunds an order whose lines are tampered with while its tickets cannot be stored', async () => {
    const before = await pool(house);
    const reservationId = await reserved(house, 3);
    const { order_id: orderId } = await ordered(house, reservationId, 3);
    // A sequence counts on where a transaction is undone.
    await house.sql('create sequence attempts');
    await house.sql(
      `create function not_now() returns trigger language plpgsql
        as $$ begin perform nextval('attempts'); raise exception 'not now'; end $$`,
    );
    await house.sql(
      'create trigger not_now before insert on tickets for each row execute function not_now()',
    );
    await house.notify(orderId);
    await eventually('an attempt to issue', async () => {
      const { is_called } = await one<{ is_called: boolean }>(house, 'select is_called from attempts');
      return is_called;
    });
    // Behind the reservation's lock, so that no attempt to issue has read the lines before they change.
    await house.sql(`
      begin;
      select 1 from channel_reservations where reservation_id = '${reservationId}' for update;
      update order_lines set units = units + 1 where order_id = '${orderId}';
      drop trigger not_now on tickets;
      commit`);
    await expectRefunded(orderId);
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'released',
      held: 3,
      sold: 0,
      released: 3,
    });
    expect(await pool(house)).toEqual(before);
    expect(await house.disagreements()).toEqual([]);
  });

  it('refunds two orders of one hold whose lines both claim more than the hold has, and sells the third', async () => {
    const before = await pool(house);
    const reservationId = await reserved(house, 6);
    const wrong = [await ordered(house, reservationId, 2), await ordered(house, reservationId, 2)];
    const right = await ordered(house, reservationId, 2);
    for (const { order_id } of wrong)
      await house.sql('update order_lines set units = 50 where order_id = $1', [order_id]);
    for (const { order_id } of [...wrong, right]) await house.notify(order_id);
    await orderBecomes(house, right.order_id, 'fulfilled');
    for (const { order_id } of wrong) await expectRefunded(order_id);
    expect(await pool(house)).toEqual({ ...before, sold: before.sold + 2 });
    expect(await house.disagreements()).toEqual([]);
  });
});
