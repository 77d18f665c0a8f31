import { describe, expect, it } from '@jest/globals';
import { commandOverdueWork } from '../../src/db/queries/open-work.ts';
import type { reservationWorkflow } from '../../workflows/index.ts';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { allDelivered, orderBecomes, outcomeOf, skipAhead } from '../support/runs.ts';
import { ordered, reserved } from '../support/sale.ts';

const { house, runs } = await openHouseWithRuns({ worker: true });

describe('a reservation whose run an operator ended', () => {
  const end = {
    terminated: async (id: string) => void (await runs.of(id).terminate('an operator')),
    cancelled: async (id: string) => {
      await runs.of(id).cancel();
      await eventually(
        'the run cancelled',
        async () => (await runs.of(id).describe()).status.name === 'CANCELLED',
      );
    },
  };

  /** The worker's own sweep may have been there first, so what it did is counted by the commands of a run. */
  const sweep = () => commandOverdueWork(house.em());
  const commandsOf = async (workflowId: string) =>
    (await house.sql('select from workflow_commands where workflow_id = $1', [workflowId])).length;

  /** As if paid two minutes ago, its command delivered to the run that was then ended. */
  async function paidWithoutRun(how: keyof typeof end) {
    const reservationId = await reserved(house, 3);
    const { order_id: orderId } = await ordered(house, reservationId, 3);
    await runs.waiting(reservationId);
    await allDelivered(house);
    await end[how](reservationId);
    await house.sql(
      `with paid as (
         update orders set status = 'paid', paid_at = clock_timestamp() - interval '2 minutes'
          where order_id = $1 returning *
       ) insert into payments (payment_id, order_id, sender, reference, amount, currency, verdict)
         select gen_random_uuid(), order_id, 'provider', 'pay-1', total_amount, currency, 'accepted' from paid`,
      [orderId],
    );
    return { reservationId, orderId };
  }

  it.each(['terminated', 'cancelled'] as const)(
    'gets a new one by the sweep, where it was %s: the paid order gets its tickets',
    async (how) => {
      const { reservationId, orderId } = await paidWithoutRun(how);
      await sweep();
      await sweep();
      expect(await commandsOf(`reservation:${reservationId}`)).toBe(2);
      await orderBecomes(house, orderId, 'fulfilled');
      expect(await outcomeOf(house, orderId)).toEqual({
        status: 'fulfilled',
        tickets: 3,
        refunds: 0,
        payments: 1,
      });
      expect(await runs.of(reservationId).result()).toEqual({
        status: 'completed',
        held: 3,
        sold: 3,
        released: 0,
      });
      expect(await house.disagreements()).toEqual([]);
    },
  );

  it.each(['terminated', 'cancelled'] as const)(
    'gets a new one by the sweep, where it was %s: the overdue hold expires',
    async (how) => {
      const reservationId = await reserved(house, 2);
      const { order_id: orderId } = await ordered(house, reservationId, 1);
      await runs.waiting(reservationId);
      await allDelivered(house);
      await end[how](reservationId);
      await house.sql(
        `update channel_reservations set started_at = started_at - interval '1 hour',
              expires_at = clock_timestamp() - interval '61 seconds' where reservation_id = $1`,
        [reservationId],
      );
      await sweep();
      expect(await commandsOf(`reservation:${reservationId}`)).toBe(2);
      await orderBecomes(house, orderId, 'expired');
      expect(await runs.of(reservationId).result()).toEqual({
        status: 'expired',
        held: 2,
        sold: 0,
        released: 2,
      });
      expect(await house.disagreements()).toEqual([]);
    },
  );

  it('gets a new one by the next payment, without waiting for the sweep', async () => {
    const reservationId = await reserved(house, 2);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await runs.waiting(reservationId);
    await allDelivered(house);
    await end.terminated(reservationId);
    await house.notify(orderId);
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'completed',
      held: 2,
      sold: 2,
      released: 0,
    });
    expect(await house.disagreements()).toEqual([]);
  });

  it('is left alone by the sweep while nothing is overdue', async () => {
    const reservationId = await reserved(house, 2);
    await runs.waiting(reservationId);
    await allDelivered(house);
    await end.terminated(reservationId);
    expect(await commandOverdueWork(house.em())).toBe(0);
    // Housekeeping for the next tests.
    await house.delete(`/api/ota/reservations/${reservationId}`);
    expect(await runs.of(reservationId).result()).toMatchObject({ status: 'released' });
  });

  it('has its late money decided by the sweep, where the run of the payment was terminated', async () => {
    const reservationId = await reserved(house, 2);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    // Nothing may be taken from the pool while this stands, so that the run is there to be terminated.
    await house.sql(
      `create function not_now() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$`,
    );
    await house.sql(
      'create trigger not_now before update on product_inventory for each row execute function not_now()',
    );
    await house.notify(orderId);
    const [payment] = await house.sql<{ payment_id: string }>(
      'select payment_id from payments where order_id = $1',
      [orderId],
    );
    const paymentId = payment?.payment_id ?? '';
    await runs.started(`late-payment:${paymentId}`);
    await allDelivered(house);
    await runs.lateOf(paymentId).terminate('an operator');
    await house.sql('drop trigger not_now on product_inventory');
    await house.sql(
      `update payments set received_at = received_at - interval '2 minutes' where payment_id = $1`,
      [paymentId],
    );
    await sweep();
    expect(await commandsOf(`late-payment:${paymentId}`)).toBe(2);
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'fulfilled',
      tickets: 2,
      refunds: 0,
      payments: 1,
    });
    expect(await house.disagreements()).toEqual([]);
  });

  it('ends at once, telling what was, where it is started on a finished row', async () => {
    const reservationId = await reserved(house, 4);
    await runs.waiting(reservationId);
    await skipAhead(runs.client, `reservation:${reservationId}`, 24 * 3600);
    const first = await runs.of(reservationId).result();
    const again = await runs.client.workflow.execute<typeof reservationWorkflow>('reservationWorkflow', {
      workflowId: `reservation:${reservationId}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      taskQueue: house.config.taskQueue,
      args: [{ reservationId }],
    });
    expect(again).toEqual({ status: 'expired', held: 4, sold: 0, released: 4 });
    expect(again).toEqual(first);
    expect(await house.disagreements()).toEqual([]);
  });
});
