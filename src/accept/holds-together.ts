import { isLockTimeout, isUnavailable, orUndefined } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import { type Holding, type HoldOutcome, holdUnits, holdUnitsOfEach } from '../db/queries/hold-units.ts';
import { TogetherByGroup } from '../db/together.ts';

/** So many holds are written in some tens of milliseconds, and whoever comes next waits as long. */
const MOST_TOGETHER = 64;
/** A statement that takes longer waits for a lock or for the machine, and the next begins beside it. */
const BESIDE_AFTER_MS = 30;

/**
 * Lets holds that are asked for at the same time share a statement, by all callers of a process. First with all others
 * of the channel, which waits for nobody; where somebody else has the pool's row, with others of the product, who
 * would wait for it one after the other; and alone where the hold found too little beside those, where its key comes
 * twice, and where one is in the way of the rest.
 */
export class HoldsTogether {
  readonly #ofChannel: TogetherByGroup<Holding, HoldOutcome | undefined>;
  readonly #ofProduct: TogetherByGroup<Holding, HoldOutcome | undefined>;

  /** A caller waits `patienceMs` for PostgreSQL: half of it for those before, as a statement may take the other half. */
  constructor(fork: () => EntityManager, patienceMs: number) {
    const sharing = { most: MOST_TOGETHER, besideAfterMs: BESIDE_AFTER_MS, waitAtMostMs: patienceMs / 2 };
    this.#ofChannel = new TogetherByGroup(
      ({ by }) => by.channel,
      (holdings) => holdTogether(fork(), holdings, 'skip locked'),
      sharing,
    );
    this.#ofProduct = new TogetherByGroup(
      ({ by, hold }) => `${by.channel} ${hold.lines.map(({ productId }) => productId).join()}`,
      (holdings) => holdTogether(fork(), holdings, 'wait'),
      sharing,
    );
  }

  /** Takes the units of a hold, as if it came alone. */
  async ask(em: EntityManager, holding: Holding): Promise<HoldOutcome> {
    return (
      (await this.#ofChannel.ask(holding)) ??
      (await this.#ofProduct.ask(holding)) ??
      (await holdUnits(em, holding))
    );
  }
}

/** Undefined for those of which it is not said that alone they would come out the same. */
async function holdTogether(
  em: EntityManager,
  holdings: Holding[],
  ofLocked: 'wait' | 'skip locked',
): Promise<(HoldOutcome | undefined)[]> {
  const shared = firstOfEachKey(holdings);
  // Who skips what is locked waits for a key that somebody is just using, if for anything.
  const isInTheWay = (error: unknown) =>
    !isUnavailable(error) || (ofLocked === 'skip locked' && isLockTimeout(error));
  const outcomes = await orUndefined(holdUnitsOfEach(em, shared, ofLocked), isInTheWay);
  const answered = new Map(shared.map((one, place) => [one, outcomes?.[place]]));
  return holdings.map((one) => {
    const outcome = answered.get(one);
    return outcome && 'seen' in outcome && outcome.outrun ? undefined : outcome;
  });
}

function firstOfEachKey(holdings: Holding[]): Holding[] {
  const seen = new Set<string>();
  return holdings.filter(({ by }) => {
    const keys = by.answerKeys.map(({ operation, key }) => `${by.partnerId} ${operation} ${key}`);
    const isFirst = !keys.some((key) => seen.has(key));
    for (const key of keys) seen.add(key);
    return isFirst;
  });
}
