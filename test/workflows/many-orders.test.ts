import { describe, expect, it } from '@jest/globals';
import type { WorkflowCommand } from '../../src/db/queries/commands.ts';
import { deliver } from '../../src/relay/deliver.ts';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { allDelivered, one } from '../support/runs.ts';
import { ordered, reserved } from '../support/sale.ts';

const ORDERS = 160;

const { house, runs } = await openHouseWithRuns({ worker: true });

describe('a reservation with many paid orders', () => {
  const fulfilled = async (reservationId: string) =>
    (
      await one<{ count: number }>(
        house,
        `select count(*)::int from orders where reservation_id = $1 and status = 'fulfilled'`,
        [reservationId],
      )
    ).count;

  /** Orders from many callers at once, a few at a time. */
  async function orderMany(reservationId: string, count: number): Promise<string[]> {
    const orderIds: string[] = [];
    const caller = async () => {
      while (orderIds.length < count) {
        const slot = orderIds.push('') - 1;
        orderIds[slot] = (await ordered(house, reservationId, 1)).order_id;
      }
    };
    await Promise.all(Array.from({ length: 4 }, caller));
    return orderIds;
  }

  it('is fulfilled completely by one run, told by as many callers at once', async () => {
    const reservationId = await reserved(house, ORDERS);
    const orderIds = await orderMany(reservationId, ORDERS);
    const payments = await Promise.all(orderIds.map((orderId) => notifiedPatiently(orderId)));
    expect(new Set(payments)).toEqual(new Set([200]));
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'completed',
      held: ORDERS,
      sold: ORDERS,
      released: 0,
    });
    expect(await fulfilled(reservationId)).toBe(ORDERS);
    await eventually(
      'one run in the list',
      async () => (await runs.count(`reservation:${reservationId}`)) === 1,
    );
    expect(await house.disagreements()).toEqual([]);
  }, 90_000);

  it('is fulfilled completely where more than a look can hold is paid before the run looks', async () => {
    const reservationId = await reserved(house, ORDERS);
    const orderIds = await orderMany(reservationId, ORDERS);
    await allDelivered(house);
    await house.stopWorker();
    await Promise.all(orderIds.map((orderId) => notifiedPatiently(orderId)));
    await house.startWorker();
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'completed',
      held: ORDERS,
      sold: ORDERS,
      released: 0,
    });
    expect(await fulfilled(reservationId)).toBe(ORDERS);
    expect(await house.disagreements()).toEqual([]);
  }, 90_000);

  it('does not mind commands that come thrice, in any order, or never', async () => {
    const reservationId = await reserved(house, 12);
    const orderIds = await orderMany(reservationId, 12);
    await allDelivered(house);
    // From here on the house delivers nothing: each command is taken for delivered as it is written.
    await house.sql(
      `create function taken() returns trigger language plpgsql as $$ begin new.delivered_at = clock_timestamp(); return new; end $$`,
    );
    await house.sql(
      'create trigger taken before insert on workflow_commands for each row execute function taken()',
    );
    try {
      await house.stopWorker();
      for (const orderId of orderIds) await notifiedPatiently(orderId);
      const commands = await house.sql<{ command: WorkflowCommand }>(
        `select to_jsonb(c) as command from workflow_commands c where workflow_id = $1 order by command_id desc`,
        [`reservation:${reservationId}`],
      );
      expect(commands).toHaveLength(13);
      await house.startWorker();
      // The last is lost with half of the others; what is delivered comes thrice, the latest first, the start after it.
      const kept = commands.filter((_, index) => index % 2 === 1 || index === commands.length - 1);
      for (let time = 0; time < 3; time += 1) {
        await Promise.all(kept.map(({ command }) => deliver(runs.client, house.config.taskQueue, command)));
      }
    } finally {
      await house.sql('drop trigger taken on workflow_commands');
    }
    await eventually('every order fulfilled', async () => (await fulfilled(reservationId)) === 12);
    await eventually(
      'the last run ended',
      async () => (await runs.of(reservationId).describe()).status.name === 'COMPLETED',
    );
    expect(await runs.of(reservationId).result()).toEqual({
      status: 'completed',
      held: 12,
      sold: 12,
      released: 0,
    });
    expect(await house.disagreements()).toEqual([]);
  }, 60_000);

  /** As the provider does: again after anything but 200. */
  async function notifiedPatiently(orderId: string): Promise<number> {
    return eventually(`order ${orderId} notified`, async () => {
      const { status } = await house.notify(orderId, {
        reference: `pay-${orderId}`,
        webhookId: `msg_${orderId}`,
      });
      return status === 200 && status;
    });
  }
});
