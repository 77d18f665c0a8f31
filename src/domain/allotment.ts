/** The units of one channel: 0 ≤ reserved, 0 ≤ sold, reserved + sold ≤ allocated. */
export type Pool = { allocated: number; reserved: number; sold: number };

/** A product's units by channel, as `product_inventory.channel_allocations` keeps them. */
export type ChannelAllocations = Record<string, Pool>;

/** Units that the channel may still hold or sell; none where it has no pool. */
export function availableIn(allocations: ChannelAllocations, channel: string): number {
  const pool = allocations[channel];
  return pool ? pool.allocated - pool.reserved - pool.sold : 0;
}

/** Units of each product that a test partner can sell: enough to try out a sold-out pool, too. */
export const UNITS_TO_TRY_WITH = 1_000;

const TEST_PREFIX = 'test-';

/** A channel has at most 40 characters. */
export const TEST_PARTNER_ID_MAX_LENGTH = 40 - TEST_PREFIX.length;

/** The channel of a test partner, with pools of its own. */
export const testChannelOf = (partnerId: string): string => TEST_PREFIX + partnerId;

/**
 * Whether a channel is of the sandbox: its pools are outside the sellable cap, and its tickets never admit
 * (`is_test_channel` in the database).
 */
export const isTestChannel = (channel: string): boolean => channel.startsWith(TEST_PREFIX);

/** What counts against the sellable cap, of units by channel. */
export const unitsWithinCap = (allocated: Record<string, number>): number =>
  Object.entries(allocated).reduce(
    (sum, [channel, units]) => (isTestChannel(channel) ? sum : sum + units),
    0,
  );
