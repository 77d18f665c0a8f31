import * as fc from 'fast-check';
import { breakdown, customer, SATURDAY } from '../support/sale.ts';
import { addHold, draw, expectedOfReserve } from './holds.ts';
import { cancel, expectedOfCancel } from './orders.ts';
import { plan } from './plan.ts';
import {
  type Hold,
  type Order,
  productIds,
  type ProductId,
  type Units,
  unitsOf,
  type World,
} from './state.ts';
import { mostly, pick, recent, seldom, step, told } from './step.ts';

const addOrder = (
  world: World,
  hold: Hold,
  units: Units,
  facts: Pick<Order, 'id' | 'total' | 'plan'>,
): void => {
  draw(hold, units);
  world.orders.push({
    ...facts,
    hold,
    units,
    status: 'pending_payment',
    wasPaid: false,
    payments: [],
    tickets: [],
  });
};

const context = (adults: number, children: number, tokens: number) => ({
  visit_date: SATURDAY,
  customer_breakdown: breakdown(adults, children),
  ...(tokens > 0 && { addons: [{ addon_id: 'tokens-plan-a', quantity: tokens }] }),
});

export const placeOrder = step(
  'order',
  fc.record({
    back: recent,
    ended: seldom,
    adults: fc.integer({ min: 1, max: 3 }),
    children: fc.integer({ min: 0, max: 2 }),
    tokens: fc.integer({ min: 0, max: 4 }),
    twice: fc.boolean(),
  }),
  {
    possible: ({ holds }) => holds.some((hold) => Object.keys(hold.units).length === 1),
    act: async (world, { house }, { back, ended, adults, children, tokens, twice }) => {
      const ofOneProduct = world.holds.filter(({ units }) => Object.keys(units).length === 1);
      const hold = pick(
        mostly(ofOneProduct, ({ open }) => unitsOf(open) > 0, ended),
        back,
      );
      const product = Number(Object.keys(hold.units)[0]) as ProductId;
      const units = { [product]: adults + children };
      const fits = (hold.open[product] ?? 0) >= adults + children;
      const ask = {
        reservation_id: hold.id,
        customer_details: customer,
        pricing_context: context(adults, children, tokens),
      };
      const asking = {
        key: hold.channel,
        headers: { 'Idempotency-Key': `o-${world.orders.length}-${Date.now()}` },
      };
      const answer = await house.post('/api/ota/orders', ask, asking);
      const last = twice ? await house.post('/api/ota/orders', ask, asking) : answer;
      const expected =
        hold.status !== 'held' ? '409 RESERVATION_NOT_HELD' : fits ? '201' : '409 RESERVATION_EXHAUSTED';
      const id: string = answer.body.order_id;
      if (expected === '201') {
        addOrder(world, hold, units, {
          id,
          total: answer.body.payment_required?.amount,
          plan: plan(product, adults + children, tokens),
        });
      }
      const isRepeat = last.body.order_id === id;
      return { expected, answered: isRepeat ? told(last) : 'another order for the same key', what: hold.id };
    },
  },
);

/** Several products in one order of the own shop: hold and order at once, all or nothing. */
export const placeDirectOrder = step(
  'direct order',
  fc.record({
    quantities: fc.tuple(...productIds.map(() => fc.integer({ min: 1, max: 3 }))),
    twice: fc.boolean(),
  }),
  {
    act: async (world, { house }, { quantities, twice }) => {
      const units: Units = Object.fromEntries(productIds.map((id, index) => [id, quantities[index]]));
      const expected = expectedOfReserve(world, 'direct', units);
      const ask = {
        items: productIds.map((id) => ({
          product_id: id,
          qty: units[id],
          pricing_context: context(units[id] ?? 0, 0, 0),
        })),
        out_trade_no: `trade-${world.orders.length}-${Date.now()}`,
        customer_details: customer,
      };
      const answer = await house.post('/orders', ask, { key: 'direct' });
      const last = twice ? await house.post('/orders', ask, { key: 'direct' }) : answer;
      const id: string = answer.body.order_id;
      if (expected === '201' && answer.status === 201) {
        const order = await house.get(`/orders/${id}`, { key: 'direct' });
        const endsAt: string = order.body.payment_required.due_by;
        const hold = addHold(world, { id: order.body.reservation_id, channel: 'direct', units, endsAt });
        addOrder(world, hold, units, {
          id,
          total: answer.body.payment_required.amount,
          plan: productIds.flatMap((product) => plan(product, units[product] ?? 0, 0)),
        });
      }
      const isRepeat = last.body.order_id === id;
      return { expected, answered: isRepeat ? told(last) : 'another order for the same out_trade_no' };
    },
  },
);

export const cancelOrder = step('cancel', recent, {
  possible: ({ orders }) => orders.length > 0,
  act: async (world, { house }, back) => {
    const order = pick(world.orders, back);
    const expected = expectedOfCancel(order);
    const came = order.status;
    if (expected === '200') cancel(world, order);
    const answer = await house.post(
      `/api/ota/orders/${order.id}/cancel`,
      { reason: 'rain' },
      { key: order.hold.channel },
    );
    const what = `${order.id}, ${unitsOf(order.units)} units`;
    return { expected, answered: told(answer), what, came };
  },
});
