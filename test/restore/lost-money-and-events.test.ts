import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prune } from '../../src/db/queries/prune.ts';
import type { Loss } from '../../src/relay/losses.ts';
import { type House, openHouse } from '../support/house.ts';
import { lastDelivery, openReceiver, type Receiver, registered } from '../support/receiver.ts';
import { allDelivered, emptyPool, one, openRuns, orderBecomes, type Runs } from '../support/runs.ts';
import { type BackedUpPostgres, openBackedUpPostgres } from './backed-up-postgres.ts';
import { type Drill, drillOn, idsOf } from './drill.ts';

const PATIENCE_MS = 180_000;

type Late = { orderId: string; paymentId: string };

/** Everything that came after the copy had been made, and was lost. */
type Story = {
  taken: Late;
  refunded: Late;
  withItsOrder: Late;
  undecided: Late;
  told: string;
  untold: string;
  ofLostEndpoint: string;
  endpoint: string;
  lostEndpoint: string;
  ofDeletedEndpoint: string;
};

describe('allotment reconcile, after late money and events were lost', () => {
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

  async function live(): Promise<Story> {
    const ofDeletedEndpoint = await eventOfDeletedEndpoint();
    const { endpoint_id: endpoint } = await registered(house, receiver.url, { events: ['order.cancelled'] });
    const cancelled = [await drill.heldOrder(1), await drill.heldOrder(1)];
    const lapsed = [await lapsedOrder(), await lapsedOrder(), await lapsedOrder()];
    await allDelivered(house);
    await house.stopWorker();
    await postgres.backUp();

    await drill.reconnected();
    await house.startWorker();
    const cancel = (order = cancelled.pop()) =>
      house.post(`/api/ota/orders/${order?.orderId}/cancel`, { reason: 'changed plans' });
    await cancel();
    const { delivery_id: told } = await lastDelivery(house, endpoint, 'delivered');
    receiver.answer = () => ({ status: 500 });
    await cancel();
    const { delivery_id: untold } = await lastDelivery(house, endpoint, 'pending');
    receiver.answer = () => ({ status: 204 });
    const { endpoint_id: lostEndpoint } = await registered(house, receiver.url, {
      events: ['ticket.redeemed'],
    });
    const ofLostEndpoint = await testEvent(lostEndpoint);

    const withItsOrder = await paid(await lapsedOrder(), 'fulfilled');
    const taken = await paid(lapsed.pop(), 'fulfilled');
    await emptyPool(house, 106);
    const refunded = await paid(lapsed.pop(), 'refund_due');
    await allDelivered(house);
    await house.stopWorker();
    const undecided = await paid(lapsed.pop(), 'expired');
    await runs.started(`late-payment:${undecided.paymentId}`);
    await postgres.restore();

    await drill.reconnected();
    const money = { taken, refunded, withItsOrder, undecided };
    return { ...money, told, untold, endpoint, ofLostEndpoint, lostEndpoint, ofDeletedEndpoint };
  }

  /** Its rows are gone after a week, as they would be without any loss; Temporal has its run longer. */
  async function eventOfDeletedEndpoint(): Promise<string> {
    const { endpoint_id } = await registered(house, receiver.url);
    const deliveryId = await testEvent(endpoint_id);
    await house.delete(`/api/ota/webhooks/${endpoint_id}`);
    await house.sql(`update webhook_endpoints set deleted_at = deleted_at - interval '8 days'`);
    await prune(house.em());
    expect(await house.sql('select from webhook_endpoints')).toEqual([]);
    return deliveryId;
  }

  async function testEvent(endpointId: string): Promise<string> {
    await house.post(`/api/ota/webhooks/${endpointId}/test`);
    return (await lastDelivery(house, endpointId, 'delivered')).delivery_id;
  }

  /** An order whose hold was given back before it was paid. */
  async function lapsedOrder(): Promise<string> {
    const { reservationId, orderId } = await drill.heldOrder(2);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    return orderId;
  }

  async function paid(orderId = '', becomes = ''): Promise<Late> {
    expect((await house.notify(orderId)).status).toBe(200);
    await orderBecomes(house, orderId, becomes);
    const { payment_id: paymentId } = await one<{ payment_id: string }>(
      house,
      'select payment_id from payments where order_id = $1',
      [orderId],
    );
    return { orderId, paymentId };
  }

  const byKind = (left: Loss[], kind: Loss['kind']) => left.filter((loss) => loss.kind === kind);

  it('tells an operator of each what became of it, and what is to be done', async () => {
    const words = await drill.reconcileInWords('--dry-run');
    const lineOf = (id: string) => words.split('\n').find((line) => line.includes(` ${id} of `)) ?? '';
    const { taken, refunded, withItsOrder, undecided } = story;
    for (const [late, telling] of [
      [
        taken,
        'its units had been taken again, and it is gone. Have the provider send its notification again.',
      ],
      [
        refunded,
        'it was to be refunded, and it is gone. Have the provider send its notification again, unless it was refunded.',
      ],
      [
        withItsOrder,
        'its units had been taken again, and it is gone with its order: the partner has to order again, or the money goes back.',
      ],
      [undecided, 'nothing had been decided, and it is gone. Have the provider send its notification again.'],
    ] as const) {
      expect(lineOf(late.paymentId)).toMatch(
        new RegExp(`^  payment ${late.paymentId} of demo-ota \\(ota\\), .*, for order ${late.orderId}: `),
      );
      expect(lineOf(late.paymentId)).toContain(telling);
    }
    const eventLine = (id: string) => words.split('\n').find((line) => line.startsWith(`  event ${id}, `));
    expect(eventLine(story.told)).toMatch(
      /, demo-ota: webhook order.cancelled \(ota\), .*: the partner was told, and what it was told of is gone\.$/,
    );
    expect(eventLine(story.untold)).toMatch(/webhook order.cancelled .*: it had not been delivered\.$/);
    expect(eventLine(story.ofLostEndpoint)).toMatch(
      new RegExp(`Endpoint ${story.lostEndpoint} is gone, too: the partner has to register it again\\.$`),
    );
    expect(eventLine(story.ofDeletedEndpoint)).toBeUndefined();
  });

  it('ends the runs that were under way, and lists all of it', async () => {
    const { code, repaired, left } = await drill.reconcile();
    expect(code).toBe(1);
    expect(idsOf(repaired, 'terminated')).toEqual(
      expect.arrayContaining([
        `late-payment:${story.undecided.paymentId}`,
        `webhook-delivery:${story.untold}`,
      ]),
    );
    const { taken, refunded, withItsOrder, undecided } = story;
    const late = (of: Late, fate: string, status: string | null) =>
      expect.objectContaining({
        payment_id: of.paymentId,
        order_id: of.orderId,
        partner: 'demo-ota',
        fate,
        status_now: status,
      });
    const lostMoney = byKind(left, 'late_payment');
    expect(lostMoney).toHaveLength(4);
    expect(lostMoney).toEqual(
      expect.arrayContaining([
        late(taken, 'units_taken', 'expired'),
        late(refunded, 'refund_due', 'expired'),
        late(withItsOrder, 'units_taken', null),
        late(undecided, 'undecided', 'expired'),
      ]),
    );
    expect(byKind(left, 'event')).toEqual([
      expect.objectContaining({
        delivery_id: story.told,
        endpoint_id: story.endpoint,
        endpoint_is_lost: false,
        delivered: true,
      }),
      expect.objectContaining({ delivery_id: story.untold, endpoint_is_lost: false, delivered: false }),
      expect.objectContaining({
        delivery_id: story.ofLostEndpoint,
        endpoint_id: story.lostEndpoint,
        endpoint_is_lost: true,
        delivered: true,
      }),
    ]);
  });

  it('lists the same again, with nothing more to repair', async () => {
    const again = await drill.reconcile();
    expect(again.repaired).toEqual([]);
    expect(byKind(again.left, 'late_payment')).toHaveLength(4);
    expect(byKind(again.left, 'event')).toHaveLength(3);
  });

  it('lets the provider send again what was lost of orders that there are', async () => {
    await house.startWorker();
    const { taken, refunded, withItsOrder, undecided } = story;
    for (const { orderId } of [taken, refunded, undecided]) await paid(orderId, 'fulfilled');
    expect((await house.notify(withItsOrder.orderId)).status).toBe(404);
    await allDelivered(house);
    expect(await house.disagreements()).toEqual([]);
  });
});
