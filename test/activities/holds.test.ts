import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { HoldRequest } from '../../activities/holds.ts';
import type { reservationWorkflow } from '../../workflows/index.ts';
import { eventually } from '../support/house.ts';
import { activitiesOf, openHouseWithRuns } from '../support/house-with-runs.ts';
import { allDelivered, orderBecomes, pool } from '../support/runs.ts';
import { ordered } from '../support/sale.ts';

function request(units: number, more: Partial<HoldRequest> = {}): HoldRequest {
  return {
    reservationId: '',
    partnerId: 'demo-ota',
    channel: 'ota',
    lines: [{ productId: 106, units }],
    reference: null,
    expiresAt: null,
    holdSeconds: 3600,
    ...more,
  };
}

const { house, runs } = await openHouseWithRuns({ worker: true });
const activities = activitiesOf(house);

describe('holdInventory', () => {
  const start = (reservationId: string, hold?: HoldRequest) =>
    runs.client.workflow.start<typeof reservationWorkflow>('reservationWorkflow', {
      workflowId: `reservation:${reservationId}`,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      taskQueue: house.config.taskQueue,
      args: [{ reservationId, ...(hold && { request: hold }) }],
    });
  const holds = (reservationId: string) =>
    house.sql('select status from channel_reservations where reservation_id = $1', [reservationId]);

  it('takes the hold where its run was started without one, and the hold is sold as any other', async () => {
    const before = await pool(house);
    const id = randomUUID();
    await start(id, request(4));
    await eventually('the hold', async () => (await holds(id)).length === 1);
    const { order_id: orderId } = await ordered(house, id, 4);
    await house.notify(orderId);
    await orderBecomes(house, orderId, 'fulfilled');
    expect(await runs.of(id).result()).toEqual({ status: 'completed', held: 4, sold: 4, released: 0 });
    expect(await pool(house)).toEqual({ ...before, sold: before.sold + 4 });
    expect(await house.disagreements()).toEqual([]);
  });

  it('takes one hold where the run is started twice with one id, and the command of the hold starts no second', async () => {
    const before = await pool(house);
    const id = randomUUID();
    await Promise.all([start(id, request(3)), start(id, request(3)), start(id, request(3))]);
    await eventually('the hold', async () => (await holds(id)).length === 1);
    await allDelivered(house);
    expect(await pool(house)).toEqual({ ...before, reserved: before.reserved + 3 });
    await eventually('one run', async () => (await runs.count(`reservation:${id}`)) === 1);
    expect((await runs.of(id).describe()).status.name).toBe('RUNNING');
    expect(await house.disagreements()).toEqual([]);
  });

  it('finds the hold when it is repeated, and takes one when it runs several times at once', async () => {
    const before = await pool(house);
    const id = randomUUID();
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, () => activities.holdInventory(id, request(2))),
    );
    const took = answers.filter((answer) => answer.status === 'fulfilled');
    expect(took.length).toBeGreaterThan(0);
    const again = await activities.holdInventory(id, request(2));
    expect(again).toMatchObject({
      status: 'held',
      paid_orders: [],
      units: { held: 2, sold: 0, released: 0 },
    });
    expect(took.map((answer) => answer.value)).toEqual(took.map(() => again));
    expect(await pool(house)).toEqual({ ...before, reserved: before.reserved + 2 });
    expect(await house.disagreements()).toEqual([]);
  });

  it('completes the run with status absent where the pool has too little', async () => {
    const before = await pool(house);
    const id = randomUUID();
    const { allocated } = before;
    await start(id, request(allocated + 1));
    expect(await runs.of(id).result()).toEqual({ status: 'absent', held: 0, sold: 0, released: 0 });
    expect(await holds(id)).toEqual([]);
    expect(await pool(house)).toEqual(before);
  });

  it('takes all lines of a hold or none', async () => {
    const before = await pool(house, 106, 'direct');
    const id = randomUUID();
    const lines = [
      { productId: 106, units: 1 },
      { productId: 107, units: 1_000_000 },
    ];
    await start(id, request(1, { channel: 'direct', partnerId: 'demo-shop', lines }));
    expect(await runs.of(id).result()).toMatchObject({ status: 'absent' });
    expect(await pool(house, 106, 'direct')).toEqual(before);
    expect(await house.disagreements()).toEqual([]);
  });

  it('completes the run with status absent where there is no hold and none is asked for', async () => {
    const id = randomUUID();
    await start(id);
    expect(await runs.of(id).result()).toMatchObject({ status: 'absent' });
    expect(await activities.holdInventory(id)).toBeUndefined();
  });

  it('ends a hold once, at the deadline it has', async () => {
    const id = randomUUID();
    const taken = await activities.holdInventory(id, request(2));
    const other = new Date(Date.parse(taken?.expires_at ?? '') + 1).toISOString();
    expect(await activities.expireReservation(id, other)).toMatchObject({
      status: 'held',
      expires_at: taken?.expires_at,
    });
    const ends = await Promise.all(
      Array.from({ length: 3 }, () => activities.expireReservation(id, taken?.expires_at ?? '')),
    );
    for (const end of ends)
      expect(end).toMatchObject({ status: 'expired', units: { held: 0, sold: 0, released: 2 } });
    const ledger = await house.sql(
      'select delta_reserved, reason from inventory_ledger where reservation_id = $1 order by entry_id',
      [id],
    );
    expect(ledger).toEqual([
      { delta_reserved: 2, reason: 'held' },
      { delta_reserved: -2, reason: 'expired' },
    ]);
    expect(await house.disagreements()).toEqual([]);
  });
});
