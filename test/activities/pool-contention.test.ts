import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Activities } from '../../activities/index.ts';
import type { EntityManager } from '../../src/db/open.ts';
import { endHold } from '../../src/db/queries/end-hold.ts';
import { holding, holdUnits } from '../../src/db/queries/hold-units.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { activitiesOf } from '../support/house-with-runs.ts';
import { emptyPool, one, outcomeOf, pool } from '../support/runs.ts';
import { ordered, reserved } from '../support/sale.ts';

const hold = (productId: number, units: number) => ({
  reservationId: randomUUID(),
  lines: [{ productId, units }],
  reference: null,
  expiresAt: null,
  holdSeconds: 600,
});

/** What a waiting statement sees of the pool is older than what it gets to lock; both ways must come out right. */
describe('taking units while another changes the pool', () => {
  let house: House;
  let activities: Activities;
  beforeAll(async () => {
    house = await openHouse();
    activities = activitiesOf(house);
  });
  afterAll(() => house.close());

  const by = { partnerId: 'demo-ota', channel: 'ota', keyId: null, requestId: 'test', answerKeys: [] };
  /** Lets `act` wait for the pool's row behind what `other` does, which then commits. */
  async function behind<R>(
    other: (em: EntityManager) => Promise<unknown>,
    act: () => Promise<R>,
  ): Promise<R> {
    let acted: Promise<R> | undefined;
    await house.em().transactional(async (em) => {
      if (!(await other(em))) throw new Error('the other did nothing');
      acted = act();
      acted.catch(() => undefined);
      await eventually('somebody waiting for the pool', async () => {
        const waiting = await sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
        `.execute(house.em().getKysely());
        return waiting.rows.length > 0;
      });
    });
    return acted as Promise<R>;
  }

  const taking = (productId: number, units: number) => (em: EntityManager) =>
    holdUnits(em, holding({ ...by, partnerId: 'demo-ota-2' }, hold(productId, units)));
  const releasing = (reservationId: string) => (em: EntityManager) =>
    endHold(em, reservationId, { status: 'released', by, ownerId: by.partnerId });

  /** Leaves `units` in the pool. */
  async function leave(productId: number, units: number) {
    const { allocated, reserved: held, sold } = await pool(house, productId);
    const surplus = allocated - held - sold - units;
    if (surplus > 0) await reserved(house, surplus, productId);
  }

  async function lateOrder(productId: number) {
    const reservationId = await reserved(house, 3, productId);
    const { order_id: orderId } = await ordered(house, reservationId, 3);
    await emptyPool(house, productId);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    await house.notify(orderId);
    const payment = await one<{ payment_id: string }>(
      house,
      'select payment_id from payments where order_id = $1',
      [orderId],
    );
    return { orderId, paymentId: payment.payment_id };
  }

  it('refuses a hold where the other took a unit of the last three', async () => {
    await leave(108, 3);
    const { reservationId, ...wanted } = hold(108, 3);
    const request = { ...by, ...wanted, reservationId };
    const taken = await behind(taking(108, 1), () => activities.holdInventory(reservationId, request));
    expect(taken).toBeUndefined();
    expect(await house.disagreements()).toEqual([]);
  });

  it('refunds late money where the other took a unit of the last three', async () => {
    const { orderId, paymentId } = await lateOrder(107);
    expect(await behind(taking(107, 1), () => activities.takeUnitsAgain(paymentId))).toBeUndefined();
    expect(await outcomeOf(house, orderId)).toEqual({
      status: 'refund_due',
      tickets: 0,
      refunds: 1,
      payments: 1,
    });
    expect(await house.disagreements()).toEqual([]);
  });

  it('counts a hold from what the other gives back meanwhile', async () => {
    const held = await reserved(house, 3);
    await leave(106, 3);
    const answer = await behind(releasing(held), () =>
      house.post('/api/ota/reserve', { product_id: 106, quantity: 3 }),
    );
    expect(answer.status).toBe(201);
    expect(await house.disagreements()).toEqual([]);
  });

  it('answers 409 without waiting while the other is giving the units back, and 201 once it has', async () => {
    const held = await reserved(house, 3);
    await leave(106, 0);
    const reserve = () => house.post('/api/ota/reserve', { product_id: 106, quantity: 3 });
    const early = await house.em().transactional(async (em) => {
      await releasing(held)(em);
      return reserve();
    });
    expect([early.status, early.body.code, early.body.available]).toEqual([409, 'ALLOTMENT_EXHAUSTED', 0]);
    expect((await reserve()).status).toBe(201);
    expect(await house.disagreements()).toEqual([]);
  });

  it('takes units for late money where the other gives them back', async () => {
    await house.sql(
      `update product_inventory set sellable_cap = sellable_cap + 6, channel_allocations =
              jsonb_set(channel_allocations, '{ota,allocated}',
                        to_jsonb((channel_allocations -> 'ota' ->> 'allocated')::int + 6)) where product_id = 107`,
    );
    await house.sql(
      `insert into inventory_ledger (product_id, channel, delta_allocated, reason) values (107, 'ota', 6, 'test')`,
    );
    const held = await reserved(house, 3, 107);
    const { orderId, paymentId } = await lateOrder(107);
    await emptyPool(house, 107);
    expect(await behind(releasing(held), () => activities.takeUnitsAgain(paymentId))).toBe(orderId);
    expect(await outcomeOf(house, orderId)).toMatchObject({ status: 'paid', refunds: 0 });
    expect(await house.disagreements()).toEqual([]);
  });
});
