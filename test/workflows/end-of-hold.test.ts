import { describe, expect, it } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { eventually } from '../support/house.ts';
import { activitiesOf, openHouseWithRuns } from '../support/house-with-runs.ts';
import { emptyPool, one, outcomeOf } from '../support/runs.ts';
import { ordered, reserved } from '../support/sale.ts';

type Event = 'payment' | 'release' | 'deadline';
const orders: Event[][] = [
  ['payment', 'release', 'deadline'],
  ['payment', 'deadline', 'release'],
  ['release', 'payment', 'deadline'],
  ['release', 'deadline', 'payment'],
  ['deadline', 'payment', 'release'],
  ['deadline', 'release', 'payment'],
];
const named = orders.map((events) => [events.join(', '), events] as const);

const { house, runs } = await openHouseWithRuns({ worker: true });
const activities = activitiesOf(house);

describe('payment, release and deadline of one hold', () => {
  /** A hold on four units with an order of three, and what can happen to it. */
  async function sale(productId: number) {
    const reservationId = await reserved(house, 4, productId);
    const { order_id: orderId } = await ordered(house, reservationId, 3);
    const { deadline } = await one<{ deadline: string }>(
      house,
      `select to_jsonb(expires_at) #>> '{}' as deadline from channel_reservations where reservation_id = $1`,
      [reservationId],
    );
    const happen: Record<Event, () => Promise<unknown>> = {
      payment: async () =>
        expect((await house.notify(orderId, { reference: `pay-${orderId}` })).status).toBe(200),
      release: async () =>
        expect([200, 409]).toContain((await house.delete(`/api/ota/reservations/${reservationId}`)).status),
      deadline: () => activities.expireReservation(reservationId, deadline),
    };
    return { reservationId, orderId, happen };
  }

  async function settled(orderId: string) {
    return eventually(`order ${orderId} settled`, async () => {
      const outcome = await outcomeOf(house, orderId);
      return ['fulfilled', 'refund_due'].includes(outcome.status) && outcome;
    });
  }

  /** The run's end. A deadline that the test brought about is news to it, so it is told to look. */
  async function resultOf(reservationId: string) {
    await runs.started(`reservation:${reservationId}`);
    const handle = runs.of(reservationId);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') await handle.signal('lookAgain').catch(ignoreEnded);
    return handle.result();
  }

  it.each(named)('end in one set of tickets where units are free: %s', async (_, events) => {
    const { reservationId, orderId, happen } = await sale(107);
    for (const event of events) await happen[event]();
    expect(await settled(orderId)).toEqual({ status: 'fulfilled', tickets: 3, refunds: 0, payments: 1 });
    const status = events.find((event) => event !== 'payment') === 'release' ? 'released' : 'expired';
    expect(await resultOf(reservationId)).toMatchObject({ status, held: 4 });
    expect(await house.disagreements()).toEqual([]);
  });

  it.each(named)('end in one refund where somebody took the units first: %s', async (_, events) => {
    const { orderId, happen } = await sale(108);
    await emptyPool(house, 108);
    for (const event of events) {
      await happen[event]();
      await emptyPool(house, 108);
    }
    const paidFirst = events[0] === 'payment';
    expect(await settled(orderId)).toEqual(
      paidFirst
        ? { status: 'fulfilled', tickets: 3, refunds: 0, payments: 1 }
        : { status: 'refund_due', tickets: 0, refunds: 1, payments: 1 },
    );
    expect(await house.disagreements()).toEqual([]);
    await house.sql(
      `update product_inventory set sellable_cap = sellable_cap + 10,
              channel_allocations = jsonb_set(channel_allocations, '{ota,allocated}',
                to_jsonb((channel_allocations -> 'ota' ->> 'allocated')::int + 10)) where product_id = 108`,
    );
    await house.sql(
      `insert into inventory_ledger (product_id, channel, delta_allocated, reason) values (108, 'ota', 10, 'test')`,
    );
  });

  it('end in tickets or in a refund, never both or neither, when they come at once', async () => {
    const rounds = await Promise.all(Array.from({ length: 8 }, () => sale(106)));
    await emptyPool(house, 106);
    // Somebody else is after the units that come free, so that late money meets both ends.
    const rival = () => house.post('/api/ota/reserve', { product_id: 106, quantity: 4 }, { key: 'ota_2' });
    for (const { happen } of rounds) {
      await Promise.all([
        happen.payment(),
        happen.release(),
        happen.deadline(),
        happen.payment(),
        rival(),
        happen.release(),
      ]);
    }
    for (const { orderId } of rounds) {
      const outcome = await settled(orderId);
      expect(outcome.payments).toBe(1);
      expect([
        { status: 'fulfilled', tickets: 3, refunds: 0, payments: 1 },
        { status: 'refund_due', tickets: 0, refunds: 1, payments: 1 },
      ]).toContainEqual(outcome);
    }
    for (const { reservationId } of rounds) expect(await resultOf(reservationId)).toMatchObject({ held: 4 });
    expect(await house.disagreements()).toEqual([]);
  });

  it('all at once for many holds together leave every account agreeing', async () => {
    const rounds = await Promise.all(Array.from({ length: 12 }, () => sale(107)));
    await Promise.all(
      rounds.flatMap(({ happen }) => [happen.deadline(), happen.payment(), happen.release()]),
    );
    for (const { orderId } of rounds) {
      expect(await settled(orderId)).toEqual({ status: 'fulfilled', tickets: 3, refunds: 0, payments: 1 });
    }
    expect(await house.disagreements()).toEqual([]);
  });
});

function ignoreEnded(error: unknown) {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
