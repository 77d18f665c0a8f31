import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { placeDirectOrder } from '../../src/accept/place-direct-order.ts';
import { release } from '../../src/accept/release.ts';
import { HoldsTogether } from '../../src/accept/holds-together.ts';
import { reserve } from '../../src/accept/reserve.ts';
import { takePayment } from '../../src/accept/take-payment.ts';
import { freePort } from '../../src/dev/ports.ts';
import { startTemporalServer } from '../../src/dev/temporal-server.ts';
import { type House, openHouse } from '../support/house.ts';
import { allDelivered, one, openRuns, orderBecomes, outcomeOf, pool, type Runs } from '../support/runs.ts';
import { customer, ordered, reserved, SATURDAY } from '../support/sale.ts';

const PATIENCE_MS = 60_000;
const ISSUED = { status: 'fulfilled', tickets: 2, refunds: 0, payments: 1 };

const by = (partnerId: string, channel: string) => ({
  partnerId,
  channel,
  keyId: null,
  requestId: 'killed',
  answerKeys: [],
});

describe('sales while Temporal is away', () => {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-temporal-'));
  let house: House;
  let runs: Runs;
  let port: number;
  let temporal: Awaited<ReturnType<typeof startTemporalServer>> | undefined;

  async function startTemporal() {
    temporal = await startTemporalServer({
      binary: process.env.TEST_TEMPORAL_BINARY ?? '',
      port,
      headless: true,
      dbFilename: join(folder, 'temporal.db'),
    });
  }
  async function stopTemporal() {
    await temporal?.stop();
    temporal = undefined;
  }
  beforeAll(async () => {
    port = await freePort();
    await startTemporal();
    house = await openHouse({ env: { TEMPORAL_ADDRESS: `127.0.0.1:${port}` } });
    runs = openRuns();
  }, PATIENCE_MS);
  afterAll(async () => {
    if (!temporal) await startTemporal();
    await runs.close();
    await house.close();
    await stopTemporal();
    rmSync(folder, { recursive: true, force: true });
  }, PATIENCE_MS);

  const activate = (orderId: string) =>
    house.post('/api/ota/activate', { order_id: orderId, payment_reference: `pay-${orderId}` });

  it(
    'are accepted, and end in tickets when it is back',
    async () => {
      const before = await pool(house);
      const begun = await reserved(house, 2); // A hold from before, whose run Temporal has on disk.
      await allDelivered(house);
      await stopTemporal();

      const inTheMeantime = await house.post('/api/ota/reserve', { product_id: 106, quantity: 4 });
      expect(inTheMeantime.status).toBe(201);
      const reservationId = inTheMeantime.body.reservation_id as string;
      const orderIds: string[] = [];
      for (const id of [begun, reservationId, reservationId])
        orderIds.push((await ordered(house, id, 2)).order_id);
      const [old, notified, activated] = orderIds as [string, string, string];
      expect((await house.notify(old)).status).toBe(200);
      expect((await house.notify(notified)).status).toBe(200);
      const answer = await activate(activated);
      expect(answer).toMatchObject({
        status: 202,
        body: { activation_status: 'processing', order_id: activated },
      });
      expect(answer.headers.get('Location')).toBe(`/api/ota/orders/${activated}`);
      expect(await outcomeOf(house, activated)).toEqual({
        status: 'paid',
        tickets: 0,
        refunds: 0,
        payments: 1,
      });
      expect(await house.disagreements()).toEqual([]);

      await startTemporal();
      await house.startWorker();
      for (const orderId of orderIds) {
        await orderBecomes(house, orderId, 'fulfilled');
        expect(await outcomeOf(house, orderId)).toEqual(ISSUED);
      }
      expect((await activate(activated)).body.tickets).toHaveLength(2);
      await allDelivered(house);
      expect(await runs.of(begun).result()).toEqual({ status: 'completed', held: 2, sold: 2, released: 0 });
      expect(await runs.of(reservationId).result()).toEqual({
        status: 'completed',
        held: 4,
        sold: 4,
        released: 0,
      });
      expect(await pool(house)).toEqual({ ...before, sold: before.sold + 6 });
      expect(await house.disagreements()).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'are carried on by a worker that was there all the time',
    async () => {
      const reservationId = await reserved(house, 2, 107);
      await runs.waiting(reservationId);
      await stopTemporal();
      const { order_id: orderId } = await ordered(house, reservationId, 2);
      expect((await activate(orderId)).status).toBe(202);
      await startTemporal();
      await orderBecomes(house, orderId, 'fulfilled', PATIENCE_MS);
      expect(await outcomeOf(house, orderId)).toEqual(ISSUED);
      expect(await house.disagreements()).toEqual([]);
    },
    2 * PATIENCE_MS,
  );

  it(
    'lose nothing where the process that accepted died before it delivered the command, of whatever kind',
    async () => {
      // The commit side only: what a process has done that is killed right after its commit.
      const em = house.em();
      const ota = by('demo-ota', 'ota');
      const hold = async () => {
        const { result } = await reserve(em, new HoldsTogether(() => em, 30_000), ota, {
          productId: 108,
          quantity: 2,
          reservationExpiresAt: null,
          now: new Date(),
          reference: null,
        });
        return result.reservation_id;
      };
      const pay = (orderId: string, via: 'activate' | 'webhook') =>
        takePayment(em, via === 'activate' ? ota : by('payment-provider', ''), {
          orderId,
          reference: `pay-${orderId}`,
          sender: 'killed',
          ownerId: null,
          paidAt: null,
          succeeded: true,
          webhookId: via === 'webhook' ? randomUUID() : null,
        });

      const untouched = await hold();
      const [sold, soldByActivate, releasedHold, late] = [
        await hold(),
        await hold(),
        await hold(),
        await hold(),
      ];
      const orders: string[] = [];
      for (const id of [sold, soldByActivate, late]) orders.push((await ordered(house, id, 2)).order_id);
      const [soldOrder, activatedOrder, lateOrder] = orders as [string, string, string];
      await pay(soldOrder, 'webhook');
      await pay(activatedOrder, 'activate');
      await release(em, ota, releasedHold);
      await release(em, ota, late);
      await pay(lateOrder, 'webhook');
      const direct = await placeDirectOrder(em, by('demo-shop', 'direct'), {
        items: [
          {
            productId: 108,
            quantity: 2,
            visitDate: SATURDAY,
            breakdown: [{ customerType: 'adult', count: 2 }],
            addons: [],
          },
        ],
        customer,
        outTradeNo: 'killed-1',
        today: SATURDAY,
      });
      await pay(direct.result.order_id, 'webhook');
      const kinds = await house.sql(
        'select distinct kind from workflow_commands where delivered_at is null order by kind',
      );
      expect(kinds).toEqual([
        { kind: 'start_late_payment' },
        { kind: 'start_reservation' },
        { kind: 'wake_reservation' },
      ]);

      for (const orderId of [soldOrder, activatedOrder, lateOrder, direct.result.order_id]) {
        await orderBecomes(house, orderId, 'fulfilled');
        expect(await outcomeOf(house, orderId)).toEqual(ISSUED);
      }
      await allDelivered(house);
      expect(await runs.of(sold).result()).toMatchObject({ status: 'completed', sold: 2 });
      expect(await runs.of(soldByActivate).result()).toMatchObject({ status: 'completed', sold: 2 });
      expect(await runs.of(releasedHold).result()).toMatchObject({ status: 'released', released: 2 });
      await runs.waiting(untouched);
      expect(
        await one(house, 'select count(*)::int from tickets where order_id = any($1)', [
          [...orders, direct.result.order_id],
        ]),
      ).toEqual({
        count: 8,
      });
      expect(await house.disagreements()).toEqual([]);
    },
    PATIENCE_MS,
  );
});
