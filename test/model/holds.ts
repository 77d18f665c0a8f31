import {
  isFree,
  type Channel,
  type Hold,
  type Order,
  productIds,
  type Units,
  unitsOf,
  type World,
} from './state.ts';

/** What a hold's channel lets it take: the hold as the model has it, or why not. */
export function expectedOfReserve(world: World, channel: Channel, units: Units): string {
  return isFree(world, channel, units) ? '201' : '409 ALLOTMENT_EXHAUSTED';
}

export function addHold(world: World, hold: Pick<Hold, 'id' | 'channel' | 'units' | 'endsAt'>): Hold {
  const added: Hold = { ...hold, open: { ...hold.units }, status: 'held' };
  world.holds.push(added);
  return added;
}

/** The end of a hold: its unpaid orders expire, and nothing of it stays open. */
export function endHold(world: World, hold: Hold, status: 'released' | 'expired'): void {
  if (hold.status !== 'held') return;
  hold.status = status;
  hold.open = {};
  for (const order of ordersOf(world, hold)) {
    if (order.status === 'pending_payment') order.status = 'expired';
  }
}

/** A hold with nothing open and no unpaid order has ended: sold out, or part of it given back by then. */
export function closeIfEmpty(world: World, hold: Hold): void {
  const waiting = ordersOf(world, hold).some(({ status }) => status === 'pending_payment');
  if (hold.status !== 'held' || waiting || unitsOf(hold.open) > 0) return;
  hold.status = accountOf(world, hold).released > 0 ? 'released' : 'completed';
}

/** A hold's units as the contract tells them. */
export function accountOf(world: World, hold: Hold) {
  const of = (...statuses: Order['status'][]) =>
    ordersOf(world, hold)
      .filter(({ status }) => statuses.includes(status))
      .reduce((sum, order) => sum + unitsOf(order.units), 0);
  const held = unitsOf(hold.open) + of('pending_payment');
  const sold = of('fulfilled');
  return {
    held,
    ordered: of('pending_payment', 'fulfilled'),
    sold,
    released: unitsOf(hold.units) - held - sold,
  };
}

/** Draws an order's units from what is open. */
export function draw(hold: Hold, units: Units): void {
  for (const product of productIds) hold.open[product] = (hold.open[product] ?? 0) - (units[product] ?? 0);
}

export function putBack(hold: Hold, units: Units): void {
  for (const product of productIds) hold.open[product] = (hold.open[product] ?? 0) + (units[product] ?? 0);
}

const ordersOf = (world: World, hold: Hold) => world.orders.filter((order) => order.hold === hold);
