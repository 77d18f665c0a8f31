import { isUnavailable, orUndefined } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import { type Holding, type HoldOutcome, holdUnitsOfEach } from '../db/queries/hold-units.ts';
import { TogetherByGroup } from '../db/together.ts';

/** Holds that are asked for at the same time, by all callers of a process. */
export type Holds = TogetherByGroup<Holding, HoldOutcome | undefined>;

/** So many holds are written in some tens of milliseconds, and whoever comes next waits as long. */
const MOST_TOGETHER = 64;

/**
 * Lets holds of one product share a statement, which would else wait for its row one after the other. Undefined
 * for a key that comes twice and for what found too little beside the others, and for all where one is in the way of
 * the rest: each of these is tried alone.
 */
export const holdsTogether = (fork: () => EntityManager): Holds =>
  new TogetherByGroup(
    ({ by, hold }) => `${by.channel} ${hold.lines.map(({ productId }) => productId).join()}`,
    async (holdings) => {
      const shared = firstOfEachKey(holdings);
      const outcomes = await orUndefined(holdUnitsOfEach(fork(), shared), (error) => !isUnavailable(error));
      const answered = new Map(shared.map((one, place) => [one, outcomes?.[place]]));
      return holdings.map((one) => {
        const outcome = answered.get(one);
        return outcome && 'refused' in outcome && outcome.refused === 'outrun' ? undefined : outcome;
      });
    },
    MOST_TOGETHER,
  );

function firstOfEachKey(holdings: Holding[]): Holding[] {
  const seen = new Set<string>();
  return holdings.filter(({ by }) => {
    const keys = by.answerKeys.map(({ operation, key }) => `${by.partnerId} ${operation} ${key}`);
    const isFirst = !keys.some((key) => seen.has(key));
    for (const key of keys) seen.add(key);
    return isFirst;
  });
}
