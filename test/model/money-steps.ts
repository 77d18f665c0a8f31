import * as fc from 'fast-check';
import { decide, hearActivation, hearNotice } from './money.ts';
import type { Order, Payment, World } from './state.ts';
import { pick, type Real, recent, step, told } from './step.ts';

const hasOrders = ({ orders }: World) => orders.length > 0;

/** A reference that the order has heard in one way or another, or a new one. */
const newOrHeard = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: fc.nat(5) });
function referenceFor(order: Order, choice: number | null): string {
  const heard = order.payments.flatMap(({ reference, activation, notified }) => [
    reference,
    activation,
    notified,
  ]);
  const known = heard.filter((reference) => reference !== null);
  return choice === null || known.length === 0 ? `pay-${order.payments.length}` : pick(known, choice);
}

export const activate = step('activate', fc.record({ back: recent, reference: newOrHeard }), {
  possible: hasOrders,
  act: async (world, { house }, { back, reference: choice }) => {
    const order = pick(world.orders, back);
    const reference = referenceFor(order, choice);
    const before = order.status;
    const expected = hearActivation(world, order, reference);
    const ask = { order_id: order.id, payment_reference: reference };
    let answer = await house.post('/api/ota/activate', ask, { key: order.hold.channel });
    for (let again = 0; answer.status === 202 && again < 10; again += 1) {
      answer = await house.post('/api/ota/activate', ask, { key: order.hold.channel });
    }
    const what = `${order.id} ${before} ${reference}`;
    return { expected, answered: told(answer), what, came: `${before} → ${order.status}` };
  },
});

/** What a notification may say of the money. */
const moneys = {
  nothing: () => ({}),
  exactly: ({ total }: Order) => ({ amount: total, currency: 'HKD' }),
  'too little': ({ total }: Order) => ({ amount: total - 1, currency: 'HKD' }),
  'foreign money': ({ total }: Order) => ({ amount: total, currency: 'USD' }),
};

export const notify = step(
  'notify',
  fc.record({
    back: recent,
    succeeded: fc.oneof(
      { weight: 5, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    reference: newOrHeard,
    money: fc.constantFrom(...(Object.keys(moneys) as (keyof typeof moneys)[])),
    twice: fc.boolean(),
  }),
  {
    possible: hasOrders,
    act: async (world, { house }, { back, succeeded, reference: choice, money, twice }) => {
      const order = pick(world.orders, back);
      const reference = referenceFor(order, choice);
      const notice = { reference, ...moneys[money](order) };
      const before = order.status;
      hearNotice(world, order, { succeeded, ...notice });
      const webhookId = `msg-${order.id}-${Date.now()}`;
      const send = () =>
        house.notify(order.id, { ...notice, status: succeeded ? 'SUCCESS' : 'FAILED', webhookId });
      const answer = await send();
      const last = twice ? await send() : answer;
      const what = `${order.id} ${before} ${succeeded ? 'SUCCESS' : 'FAILED'} ${reference}, ${money}`;
      const verdict = order.payments.at(-1)?.verdict;
      return { expected: '200', answered: told(last), what, came: `${before} → ${order.status}, ${verdict}` };
    },
  },
);

const paymentsOf = (world: World) =>
  world.orders.flatMap((order) => order.payments.map((payment) => ({ order, payment })));

/** The house's id of a payment; of several failed ones with a reference any will do. */
function seenPayment({ seen }: Real, order: Order, payment: Payment) {
  const found = seen.payments.find(
    (candidate) =>
      candidate.order_id === order.id &&
      candidate.payment_reference === payment.reference &&
      candidate.verdict === payment.verdict,
  );
  if (!found) throw new Error(`the house has no payment ${payment.reference} of ${order.id}`);
  return found.payment_id;
}

export const decideCase = step(
  'decide',
  fc.record({ back: fc.nat(5), act: fc.constantFrom('accept' as const, 'refund' as const) }),
  {
    possible: (world) => paymentsOf(world).length > 0,
    act: async (world, real, { back, act }) => {
      const all = paymentsOf(world);
      const open = all.filter(({ payment }) => payment.verdict === 'review');
      const { order, payment } = pick(open.length > 0 ? open : all, back);
      const id = seenPayment(real, order, payment);
      const what = `${act} ${payment.reference} of ${order.id} ${order.status}`;
      const expected = decide(world, order, payment, act);
      const answer = await real.house.post(
        `/api/admin/payments/${id}/${act}`,
        act === 'refund' ? { reason: 'sent back' } : undefined,
        { key: 'admin' },
      );
      return { expected, answered: told(answer), what, came: `${act}, order ${order.status}` };
    },
  },
);

/** Refunds whose payment can be told from the others of its order: `activate` and a notification may name alike. */
const refundsOf = (world: World) =>
  paymentsOf(world).filter(
    ({ order, payment }) =>
      payment.refund !== null &&
      order.payments.filter(({ reference }) => reference === payment.reference).length === 1,
  );

/** An operator says that the money has gone back, or the provider's notification with the refund's id does. */
export const settleRefund = step(
  'settle',
  fc.record({ back: fc.nat(5), by: fc.constantFrom('operator', 'provider', 'provider failing') }),
  {
    possible: (world) => refundsOf(world).length > 0,
    act: async (world, real, { back, by }) => {
      const { order, payment } = pick(refundsOf(world), back);
      const paymentId = seenPayment(real, order, payment);
      const refund = real.seen.refunds.find(({ payment_id }) => payment_id === paymentId);
      const id = refund?.refund_id ?? '';
      const status = by === 'provider' ? 'SUCCESS' : 'FAILED';
      const answer =
        by === 'operator'
          ? await real.house.post(`/api/admin/refunds/${id}/settle`, undefined, { key: 'admin' })
          : await real.house.notify(order.id, { reference: id, status });
      if (by !== 'provider failing') payment.refund = 'settled';
      return {
        expected: '200',
        answered: told(answer),
        what: `${payment.reference} of ${order.id} by ${by}`,
      };
    },
  },
);
