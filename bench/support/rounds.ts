import type { Bench } from './bench.ts';
import { interleave, type Side, type Slice } from './slices.ts';

/** Interleaves the sides of a case, and tells of each slice. */
export function inTurn<K extends string>(
  bench: Bench,
  size: { rounds: number; seconds: number; warmUpSeconds?: number },
  sides: Record<K, Side>,
): Promise<Record<K, Slice[]>> {
  const { rounds } = size;
  return interleave(
    { warmUpSeconds: size.seconds / 2, ...size },
    sides,
    (round, side, { durationsMs, seconds }) => {
      const when = round === 0 ? 'warm-up' : `round ${round} of ${rounds}`;
      bench.tell(`${when}, ${side}: ${Math.round(durationsMs.length / seconds)}/s`);
    },
  );
}
