/** The units of one channel: 0 ≤ reserved, 0 ≤ sold, reserved + sold ≤ allocated. */
export type Pool = { allocated: number; reserved: number; sold: number };

/** A product's units by channel, as `product_inventory.channel_allocations` keeps them. */
export type ChannelAllocations = Record<string, Pool>;

/** Units that the channel may still hold or sell; none where it has no pool. */
export function availableIn(allocations: ChannelAllocations, channel: string): number {
  const pool = allocations[channel];
  return pool ? pool.allocated - pool.reserved - pool.sold : 0;
}

/**
 * The channel of a test partner, with pools of its own: those of channels that begin like this are outside
 * the sellable cap, and their tickets never admit (`is_test_channel` in the database).
 */
export const testChannelOf = (partnerId: string): string => `test-${partnerId}`;
