import { closeIfEmpty, putBack } from './holds.ts';
import { isFree, type Order, type Payment, productIds, type World } from './state.ts';

/** Paid in time: its tickets are issued, or, where that is refused for good, the money goes back. */
export function pay(world: World, order: Order, payment: Payment): void {
  payment.verdict = 'accepted';
  order.wasPaid = true;
  const isIssuable = productIds.every((product) => !order.units[product] || !world.withdrawn.has(product));
  if (isIssuable) {
    order.status = 'fulfilled';
    order.tickets = order.plan.map((entitlements) => ({ status: 'valid', remaining: { ...entitlements } }));
  } else {
    order.status = 'refund_due';
    payment.refund = 'due';
  }
  closeIfEmpty(world, order.hold);
}

/** Paid after the hold's end: the units are taken again, all of them, or the money goes back. */
export function payLate(world: World, order: Order, payment: Payment): void {
  if (isFree(world, order.hold.channel, order.units)) {
    pay(world, order, payment);
    return;
  }
  payment.verdict = 'accepted';
  payment.refund = 'due';
  order.status = 'refund_due';
}

export function expectedOfCancel(order: Order): string {
  const isUsed = order.tickets.some((ticket, index) => {
    const planned = order.plan[index] ?? {};
    return Object.keys(planned).some((name) => ticket.remaining[name] !== planned[name]);
  });
  switch (order.status) {
    case 'pending_payment':
    case 'cancelled':
      return '200';
    case 'fulfilled':
      return isUsed ? '409 ORDER_NOT_CANCELLABLE' : '200';
    case 'paid':
    case 'expired':
    case 'refund_due':
      return '409 ORDER_NOT_CANCELLABLE';
  }
}

/** An unpaid order's units are its hold's again; a paid one's are free, its tickets void, its money due. */
export function cancel(world: World, order: Order): void {
  const before = order.status;
  order.status = 'cancelled';
  if (before === 'pending_payment') putBack(order.hold, order.units);
  if (before !== 'fulfilled') return;
  for (const ticket of order.tickets) ticket.status = 'void';
  for (const payment of order.payments) if (payment.verdict === 'accepted') payment.refund = 'due';
  closeIfEmpty(world, order.hold);
}
