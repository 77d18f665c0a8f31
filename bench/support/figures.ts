import { type CpuSeconds, mapGroups } from './cpu.ts';
import { type Latencies, latenciesOf, median } from './percentiles.ts';
import type { Slice } from './slices.ts';

/** What was measured of one thing: operations a second, how long they took, processor seconds for each. */
export type Figures = Latencies & {
  operations: number;
  seconds: number;
  perSecond: number;
  cpuSecondsEach: CpuSeconds | null;
};

/** What a comparison comes to; `spread` is the lowest and the highest ratio of a round. */
export type Comparison = { ratio: number; spread: [number, number] };

/** All slices of a side together. */
export function figuresOf(slices: Slice[]): Figures {
  const durationsMs = slices.flatMap((slice) => slice.durationsMs);
  const operations = durationsMs.length;
  const seconds = slices.reduce((sum, slice) => sum + slice.seconds, 0);
  const known = slices.every(({ cpu }) => cpu !== undefined);
  const cpuSecondsEach = mapGroups(
    (group) => slices.reduce((sum, { cpu }) => sum + (cpu?.[group] ?? 0), 0) / operations,
  );
  return {
    operations,
    seconds,
    perSecond: operations / seconds,
    ...latenciesOf(durationsMs),
    cpuSecondsEach: known ? cpuSecondsEach : null,
  };
}

/** The median over the rounds of what a slice is to the slice of the other side in the same round. */
export function compare(slices: Slice[], others: Slice[], measure: (figures: Figures) => number): Comparison {
  const ratios = slices.flatMap((slice, round) => {
    const other = others[round];
    return other ? [measure(figuresOf([slice])) / measure(figuresOf([other]))] : [];
  });
  return { ratio: median(ratios), spread: [Math.min(...ratios), Math.max(...ratios)] };
}

export const byRate = (figures: Figures): number => figures.perSecond;
export const byMedian = (figures: Figures): number => figures.p50Ms;

/** Processor seconds of an operation in all, without what the bench itself used. */
export function cpuSecondsInAll(figures: Figures): number | null {
  const each = figures.cpuSecondsEach;
  return each && each.api + each.worker + each.postgres + each.temporal + each.limit;
}
