/** Random choices that a seed repeats. */
export type Chance = {
  /** From 0 to below 1. */
  next(): number;
  between(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  happens(probability: number): boolean;
};

/** Whoever chooses on its own, next to others, has its own stream: `who` tells them apart. */
export function chanceFrom(seed: number, who: number): Chance {
  let state = (seed ^ Math.imul(who + 1, 0x9e3779b1)) >>> 0;
  // Mulberry32: enough for choices, and 32 bits are easy to write down.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (from) => from[between(0, from.length - 1)] as (typeof from)[number],
    happens: (probability) => next() < probability,
  };
}
