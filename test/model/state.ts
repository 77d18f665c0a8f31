import type { OrderStatus, PaymentVerdict, ReservationStatus } from '../../src/domain/states.ts';

export const channels = ['ota', 'direct'] as const;
export type Channel = (typeof channels)[number];
export const productIds = [106, 107] as const;
export type ProductId = (typeof productIds)[number];
/** Units by product; one that is missing has none. */
export type Units = Partial<Record<ProductId, number>>;

export type Hold = {
  id: string;
  channel: Channel;
  /** What was held at first. */
  units: Units;
  /** What no order has drawn; nothing once the hold has ended. */
  open: Units;
  endsAt: string;
  status: ReservationStatus;
};

export type Payment = {
  /** By which it was first heard of; in an order no two that did not fail have the same. */
  reference: string;
  activation: string | null;
  notified: string | null;
  verdict: PaymentVerdict;
  amount: number;
  currency: string;
  refund: 'due' | 'settled' | null;
  /** By an operator, so it has paid nothing. */
  sentBack: boolean;
};

export type Ticket = { status: 'valid' | 'redeemed' | 'void'; remaining: Record<string, number> };

export type Order = {
  id: string;
  hold: Hold;
  units: Units;
  total: number;
  status: OrderStatus;
  /** Late money whose units were gone never paid it. */
  wasPaid: boolean;
  payments: Payment[];
  /** What each of its tickets will admit to, in the order of its units. */
  plan: Record<string, number>[];
  tickets: Ticket[];
};

/** The whole world of the model. A unit is free, open in a hold, or in one order; nothing else is counted. */
export type World = {
  allocated: Record<Channel, Units>;
  /** What was reserved and sold before, by `product/channel`; it stays as it is. */
  before: Record<string, { reserved: number; sold: number }>;
  /** Products whose entitlements are withdrawn: issuing their tickets is refused for good. */
  withdrawn: Set<ProductId>;
  holds: Hold[];
  orders: Order[];
};

export function unitsOf(units: Units): number {
  return Object.values(units).reduce((sum, count) => sum + count, 0);
}

/** The sum of one product over several of something. */
export function sumOf<T>(things: T[], product: ProductId, units: (thing: T) => Units): number {
  return things.reduce((sum, thing) => sum + (units(thing)[product] ?? 0), 0);
}

const soldBy = (world: World, channel: Channel, product: ProductId) =>
  sumOf(
    world.orders.filter((order) => order.status === 'fulfilled' && order.hold.channel === channel),
    product,
    (order) => order.units,
  );

const reservedBy = (world: World, channel: Channel, product: ProductId) =>
  sumOf(
    world.holds.filter((hold) => hold.channel === channel),
    product,
    (hold) => hold.open,
  ) +
  sumOf(
    world.orders.filter((order) => order.status === 'pending_payment' && order.hold.channel === channel),
    product,
    (order) => order.units,
  );

export function poolOf(world: World, channel: Channel, product: ProductId) {
  const before = world.before[`${product}/${channel}`];
  return {
    allocated: world.allocated[channel][product] ?? 0,
    reserved: (before?.reserved ?? 0) + reservedBy(world, channel, product),
    sold: (before?.sold ?? 0) + soldBy(world, channel, product),
  };
}

/** Whether a channel has all of these units free. */
export function isFree(world: World, channel: Channel, units: Units): boolean {
  return productIds.every((product) => {
    const { allocated, reserved, sold } = poolOf(world, channel, product);
    return allocated - reserved - sold >= (units[product] ?? 0);
  });
}
