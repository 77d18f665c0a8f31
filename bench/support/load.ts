import { setTimeout as sleep } from 'node:timers/promises';

/** One operation of a caller, timed from `dueAt`; it throws where the answer is not the one that it needs. */
export type Operation = (caller: number, dueAt: number) => Promise<void>;

/** What a load has seen. */
export type Sample = { durationsMs: number[]; seconds: number; errors: string[] };

/** After so many errors there is nothing to measure any more. */
const ERRORS_AT_MOST = 10;

/** Callers who each send their next request when the last one is answered, for a time or for so many in all. */
export async function closedLoop(
  callers: number,
  size: { seconds: number } | { operations: number },
  operation: Operation,
): Promise<Sample> {
  const sample: Sample = { durationsMs: [], seconds: 0, errors: [] };
  const startedAt = performance.now();
  let begun = 0;
  const more = () =>
    sample.errors.length < ERRORS_AT_MOST &&
    ('seconds' in size ? performance.now() - startedAt < size.seconds * 1000 : begun < size.operations);
  const callAgain = async (caller: number) => {
    while (more()) {
      begun += 1;
      await timed(sample, performance.now(), (dueAt) => operation(caller, dueAt));
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => callAgain(caller)));
  sample.seconds = (performance.now() - startedAt) / 1000;
  return sample;
}

/**
 * Requests at set times, whether or not those before are answered. Each is timed from the moment at which it
 * was due, so that a server which stands still is charged for all who would have come meanwhile.
 */
export async function openLoop(dueMs: number[], operation: Operation): Promise<Sample> {
  const sample: Sample = { durationsMs: [], seconds: 0, errors: [] };
  const startedAt = performance.now();
  const under: Promise<void>[] = [];
  for (const [index, due] of dueMs.entries()) {
    const waitMs = startedAt + due - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    if (sample.errors.length >= ERRORS_AT_MOST) break;
    under.push(timed(sample, startedAt + due, (dueAt) => operation(index, dueAt)));
  }
  await Promise.all(under);
  sample.seconds = (performance.now() - startedAt) / 1000;
  return sample;
}

/** The times of an even rate, in milliseconds from the start. */
export function evenSchedule(perSecond: number, seconds: number): number[] {
  return Array.from({ length: Math.round(perSecond * seconds) }, (_, index) => (index * 1000) / perSecond);
}

async function timed(
  sample: Sample,
  dueAt: number,
  operation: (dueAt: number) => Promise<void>,
): Promise<void> {
  try {
    await operation(dueAt);
    sample.durationsMs.push(performance.now() - dueAt);
  } catch (error) {
    sample.errors.push(error instanceof Error ? error.message : String(error));
  }
}
