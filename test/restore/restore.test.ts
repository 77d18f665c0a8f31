import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Loss } from '../../src/relay/losses.ts';
import { allotment } from '../support/command-line.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { lastDelivery, openReceiver, type Receiver, registered } from '../support/receiver.ts';
import {
  allDelivered,
  one,
  openRuns,
  orderBecomes,
  outcomeOf,
  type Runs,
  skipAhead,
} from '../support/runs.ts';
import { activated, ordered, reserved, sold, type SoldTicket } from '../support/sale.ts';
import { type BackedUpPostgres, openBackedUpPostgres } from './backed-up-postgres.ts';
import { type Drill, drillOn, idsOf } from './drill.ts';

const PATIENCE_MS = 180_000;
const DAY_SECONDS = 24 * 60 * 60;

/** What was there when the copy was made, and what came after it and was lost. */
type Story = {
  sold: Awaited<ReturnType<typeof sold>>;
  untouched: string;
  releasedLater: string;
  paidLater: { reservationId: string; orderId: string };
  issuedLater: { reservationId: string; orderId: string; tickets: SoldTicket[] };
  lapsed: { orderId: string; paymentId: string };
  lostHold: string;
  lostSale: Awaited<ReturnType<typeof sold>>;
  lostOrder: string;
  waitingEvent: string;
};

describe('allotment reconcile, after an older copy of PostgreSQL was put back', () => {
  let postgres: BackedUpPostgres;
  let house: House;
  let drill: Drill;
  let runs: Runs;
  let receiver: Receiver;
  let story: Story;

  beforeAll(async () => {
    postgres = await openBackedUpPostgres();
    house = await openHouse({ worker: true, env: { ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
    drill = drillOn(house);
    runs = openRuns();
    receiver = await openReceiver();
    story = await live();
  }, PATIENCE_MS);
  afterAll(async () => {
    await runs.close();
    await receiver.close();
    await house.close();
    await postgres.close();
  }, PATIENCE_MS);

  /** Sells, makes the copy, sells on, and puts the copy back. */
  async function live(): Promise<Story> {
    const before = await sold(house, 2);
    const untouched = await reserved(house, 4);
    const releasedLater = await reserved(house, 3);
    const paidLater = await drill.heldOrder(3);
    const lapsedHold = await drill.heldOrder(2);
    await house.delete(`/api/ota/reservations/${lapsedHold.reservationId}`);
    receiver.answer = () => ({ status: 500 });
    const { endpoint_id: endpointId } = await registered(house, receiver.url, {
      events: ['order.cancelled'],
    });
    await house.post(`/api/ota/webhooks/${endpointId}/test`);
    const { delivery_id: waitingEvent } = await lastDelivery(house, endpointId, 'pending');
    const issuedLater = await drill.heldOrder(2);
    await runs.waiting(issuedLater.reservationId);
    await allDelivered(house);
    await house.stopWorker();
    await house.notify(issuedLater.orderId);
    await postgres.backUp();

    await drill.reconnected();
    await house.startWorker();
    receiver.answer = () => ({ status: 204 });
    await house.post(`/api/ota/webhooks/deliveries/${waitingEvent}/replay`);
    await lastDelivery(house, endpointId, 'delivered', 2);
    await orderBecomes(house, issuedLater.orderId, 'fulfilled');
    const { body } = await house.get(`/api/ota/orders/${issuedLater.orderId}/tickets`);
    await house.notify(paidLater.orderId);
    await orderBecomes(house, paidLater.orderId, 'fulfilled');
    await house.delete(`/api/ota/reservations/${releasedLater}`);
    await runs.of(releasedLater).result();
    await house.notify(lapsedHold.orderId);
    await orderBecomes(house, lapsedHold.orderId, 'fulfilled');
    const { payment_id: paymentId } = await one<{ payment_id: string }>(
      house,
      'select payment_id from payments where order_id = $1',
      [lapsedHold.orderId],
    );
    await runs.lateOf(paymentId).result();
    const lostHold = await reserved(house, 7);
    await runs.waiting(lostHold);
    const lostSale = await sold(house, 3);
    const { order_id: lostOrder } = await ordered(house, untouched, 1);
    await activated(house, lostOrder);
    await allDelivered(house);
    await house.stopWorker();
    await postgres.restore();

    await drill.reconnected();
    const lapsed = { orderId: lapsedHold.orderId, paymentId };
    return {
      sold: before,
      untouched,
      releasedLater,
      paidLater,
      issuedLater: { ...issuedLater, tickets: body.items },
      lapsed,
      lostHold,
      lostSale,
      lostOrder,
      waitingEvent,
    };
  }

  const sorted = (list: string[]) => list.toSorted();
  const commands = () => house.sql('select from workflow_commands where delivered_at is null');

  it('fails, and says why, where Temporal does not answer or the time is none', async () => {
    const env = { DATABASE_URL: house.config.databaseUrl, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const away = await allotment(['reconcile'], env);
    expect([away.code, away.out]).toEqual([1, '']);
    expect(away.err).toContain('Temporal does not answer');
    const when = await allotment(['reconcile', '--since', 'yesterday'], env);
    expect([when.code, when.out]).toEqual([2, '']);
  });

  it('says what it would do, and does nothing, when run dry', async () => {
    const before = await commands();
    const first = await drill.reconcile('--dry-run');
    expect(first.dry_run).toBe(true);
    expect(first.repaired.length).toBeGreaterThan(0);
    expect(await commands()).toEqual(before);
    expect((await runs.of(story.lostHold).describe()).status.name).toBe('RUNNING');
    expect((await drill.reconcile('--dry-run')).repaired).toEqual(first.repaired);
  });

  it('ends runs without a row, commands rows without a run, and lists what is lost', async () => {
    const { code, repaired, left } = await drill.reconcile();
    expect(code).toBe(1);
    expect(idsOf(repaired, 'terminated')).toEqual([`reservation:${story.lostHold}`]);
    const described = await runs.of(story.lostHold).describe();
    expect(described.status.name).toBe('TERMINATED');

    expect(sorted(idsOf(repaired, 'commanded'))).toEqual(
      sorted([
        `reservation:${story.releasedLater}`,
        `reservation:${story.paidLater.reservationId}`,
        `webhook-delivery:${story.waitingEvent}`,
      ]),
    );

    const lost = (kind: Loss['kind']) => left.filter((loss) => loss.kind === kind);
    expect(lost('reservation')).toMatchObject([
      {
        reservation_id: story.lostHold,
        partner: 'demo-ota',
        channel: 'ota',
        product_ids: ['106'],
        status: 'held',
        units: { held: 7, sold: 0, released: 0 },
      },
      { reservation_id: story.lostSale.reservationId, status: 'completed', units: { sold: 3 } },
    ]);
    expect(lost('late_payment')).toMatchObject([
      {
        payment_id: story.lapsed.paymentId,
        order_id: story.lapsed.orderId,
        fate: 'units_taken',
        status_now: 'expired',
        partner: 'demo-ota',
      },
    ]);
    expect(lost('event')).toEqual([]);
    const orders = lost('order').map(
      (loss) =>
        loss.kind === 'order' && [loss.order_id, loss.fate.replace('settled', 'issued'), loss.status_now],
    );
    expect(orders.toSorted()).toEqual(
      [
        [story.lostSale.orderId, 'issued', null],
        [story.lostOrder, 'issued', null],
        [story.paidLater.orderId, 'issued', 'pending_payment'],
        [story.issuedLater.orderId, 'issued', 'paid'],
        [story.lapsed.orderId, 'issued', 'expired'],
      ].toSorted(),
    );
  });

  it('finds nothing more to repair', async () => {
    const again = await drill.reconcile();
    expect(again.repaired).toEqual([]);
    expect(again.left.length).toBeGreaterThan(0);
    expect(again.code).toBe(1);
  });

  it('brings paid orders to their tickets, whose former codes admit no more', async () => {
    await house.startWorker();
    await orderBecomes(house, story.issuedLater.orderId, 'fulfilled');
    expect(await outcomeOf(house, story.issuedLater.orderId)).toMatchObject({ tickets: 2, refunds: 0 });
    const [former] = story.issuedLater.tickets;
    const scan = { qr: former?.qr_code, function_code: 'ferry', scan_id: 'former' };
    expect((await house.post('/venue/scan', scan, { key: 'gate' })).status).toBe(422);
    const [kept] = story.sold.tickets;
    const good = await house.post(
      '/venue/scan',
      { ...scan, qr: kept?.qr_code, scan_id: 'kept' },
      { key: 'gate' },
    );
    expect(good.status).toBe(200);
  });

  it('lets the provider send again what the database has lost', async () => {
    expect((await house.notify(story.paidLater.orderId)).status).toBe(200);
    await orderBecomes(house, story.paidLater.orderId, 'fulfilled');
    expect((await house.notify(story.lapsed.orderId)).status).toBe(200);
    await orderBecomes(house, story.lapsed.orderId, 'fulfilled');
    expect((await house.notify(story.lostSale.orderId)).status).toBe(404);
  });

  it('lets every hold end', async () => {
    await allDelivered(house);
    for (const reservationId of [story.untouched, story.releasedLater]) {
      await runs.waiting(reservationId);
      await skipAhead(runs.client, `reservation:${reservationId}`, DAY_SECONDS);
    }
    await eventually(
      'no hold',
      async () => (await house.sql(`select from channel_reservations where status = 'held'`)).length === 0,
    );
    expect(await house.disagreements()).toEqual([]);
  });

  it('finds the database and Temporal of a running stack by itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'allotment-stack-'));
    const stack = {
      database_url: house.config.databaseUrl,
      temporal_address: process.env.TEMPORAL_ADDRESS,
    };
    writeFileSync(join(folder, 'dev.json'), JSON.stringify(stack));
    const env = {
      ALLOTMENT_DATA: folder,
      TEMPORAL_ADDRESS: '',
      ALLOTMENT_TASK_QUEUE: house.config.taskQueue,
    };
    const { out } = await allotment(['reconcile', '--dry-run'], env);
    rmSync(folder, { recursive: true });
    expect(out).toContain('Nothing had to be repaired.');
    expect(out).toContain(story.lostHold);
  });

  it('has nothing to repair in the end, and leaves aside what was seen to', async () => {
    const late = await drill.reconcile();
    expect(late.repaired).toEqual([]);
    const kinds = late.left.map((loss) => (loss.kind === 'order' ? loss.order_id : loss.workflow_id));
    expect(kinds).not.toContain(story.paidLater.orderId);
    expect(kinds).toContain(story.lostSale.orderId);
    const since = await drill.reconcile('--since', new Date(Date.now() + DAY_SECONDS * 2000).toISOString());
    expect(since).toMatchObject({ code: 0, repaired: [], left: [] });
  });
});
