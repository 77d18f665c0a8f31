import { type CpuSeconds, cpuBetween } from './cpu.ts';
import type { Sample } from './load.ts';

/** A stretch of load on one side of a comparison, with the processor time that it took. */
export type Slice = Sample & { cpu: CpuSeconds | undefined };

/** Puts load on a side, for so many seconds where its size is a time. */
export type Side = (seconds: number) => Promise<Slice>;

/** Measures a load. Where work goes on after the last answer, `settle` waits for it, and its processor time counts. */
export async function slice(
  readCpu: () => CpuSeconds | undefined,
  load: () => Promise<Sample>,
  settle: () => Promise<void> = async () => {},
): Promise<Slice> {
  const before = readCpu();
  const sample = await load();
  await settle();
  return { ...sample, cpu: cpuBetween(before, readCpu()) };
}

/**
 * Runs the sides of a comparison in turn, several times, so that what the machine does meanwhile meets all of
 * them; every second round backwards. A short first round warms them up and does not count.
 */
export async function interleave<K extends string>(
  { rounds, seconds, warmUpSeconds }: { rounds: number; seconds: number; warmUpSeconds: number },
  sides: Record<K, Side>,
  onSlice: (round: number, side: K, slice: Slice) => void,
): Promise<Record<K, Slice[]>> {
  const names = Object.keys(sides) as K[];
  const slices = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, Slice[]>;
  for (let round = 0; round <= rounds; round += 1) {
    const isWarmUp = round === 0;
    for (const name of round % 2 === 0 ? names.toReversed() : names) {
      const done = await sides[name](isWarmUp ? warmUpSeconds : seconds);
      onSlice(round, name, done);
      // A fault counts whenever it shows.
      if (!isWarmUp || done.errors.length > 0) slices[name].push(done);
    }
  }
  return slices;
}
