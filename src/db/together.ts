import { AsyncLocalStorage } from 'node:async_hooks';

type Waiting<Q, A> = {
  question: Q;
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
  /** Of the first of those who will share a round trip: in its trace that is shown. */
  inContext: (<R>(work: () => R) => R) | undefined;
  since: number;
};

/** How questions share round trips. */
export type Sharing = {
  /** So many share one, at most. */
  most?: number;
  /**
   * A round trip that takes longer no longer keeps the next from beginning: where statements wait for what somebody
   * has locked, whoever asks more often is served more often.
   */
  besideAfterMs?: number;
  /** Whoever has waited longer is not asked for any more: its caller may have been told so already. */
  waitAtMostMs?: number;
};

/** So many round trips are under way beside one another. */
const MOST_UNDER_WAY = 4;

/**
 * Lets callers who ask at the same time share a round trip: all whose requests have come in by the time that the
 * process has read its sockets. While a question is under way, whoever comes waits for the next: so an answer is
 * never older than its question, and the busier it is, the more share one. Where asking fails, it fails for those
 * who wait, too, unless the next begins beside: the database would keep each of them as long again. Who has waited
 * too long is rejected with the code ETIMEDOUT.
 */
export class Together<Q, A> {
  readonly #ask: (questions: Q[]) => Promise<A[]>;
  readonly #most: number;
  readonly #besideAfterMs: number | undefined;
  readonly #waitAtMostMs: number;
  #waiting: Waiting<Q, A>[] = [];
  #underWay = 0;
  /** Whether one of them keeps the next from beginning. */
  #isKeptWaiting = false;

  /** `ask` answers every question, in their order. */
  constructor(ask: (questions: Q[]) => Promise<A[]>, { most, besideAfterMs, waitAtMostMs }: Sharing = {}) {
    this.#ask = ask;
    this.#most = most ?? Number.POSITIVE_INFINITY;
    this.#besideAfterMs = besideAfterMs;
    this.#waitAtMostMs = waitAtMostMs ?? Number.POSITIVE_INFINITY;
  }

  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  ask(question: Q): Promise<A> {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    const isFirst = this.#waiting.length % this.#most === 0;
    const inContext = isFirst ? AsyncLocalStorage.snapshot() : undefined;
    this.#waiting.push({ question, resolve, reject, inContext, since: performance.now() });
    this.#askSoon();
    return promise;
  }

  #askSoon(): void {
    if (this.#waiting.length === 0 || this.#isKeptWaiting || this.#underWay === MOST_UNDER_WAY) return;
    this.#underWay += 1;
    this.#isKeptWaiting = true;
    setImmediate(() => {
      const asked = this.#waiting.splice(0, this.#most);
      void asked[0]?.inContext?.(() => this.#askFor(asked));
    });
  }

  async #askFor(asked: Waiting<Q, A>[]): Promise<void> {
    let keepsWaiting = true;
    const keepNoLonger = () => {
      if (keepsWaiting) this.#isKeptWaiting = false;
      keepsWaiting = false;
      this.#askSoon();
    };
    const late =
      this.#besideAfterMs === undefined ? undefined : setTimeout(keepNoLonger, this.#besideAfterMs);
    try {
      const inTime = this.#inTime(asked);
      const answers = inTime.length === 0 ? [] : await this.#ask(inTime.map(({ question }) => question));
      inTime.forEach(({ resolve }, position) => resolve(answers[position] as A));
    } catch (error) {
      const alsoFailed = late === undefined ? this.#waiting.splice(0) : [];
      for (const { reject } of [...asked, ...alsoFailed]) reject(error);
    }
    clearTimeout(late);
    this.#underWay -= 1;
    keepNoLonger();
  }

  /** Those who may still be asked for; rejects the others. */
  #inTime(asked: Waiting<Q, A>[]): Waiting<Q, A>[] {
    const earliest = performance.now() - this.#waitAtMostMs;
    return asked.filter(({ since, reject }) => {
      if (since < earliest)
        reject(Object.assign(new Error('Others were asked for too long.'), { code: 'ETIMEDOUT' }));
      return since >= earliest;
    });
  }
}

/** The same for questions of several groups, each with round trips of its own. */
export class TogetherByGroup<Q, A> {
  readonly #groupOf: (question: Q) => string;
  readonly #ask: (questions: Q[]) => Promise<A[]>;
  readonly #sharing: Sharing;
  /** Those that somebody waits for. */
  readonly #groups = new Map<string, Together<Q, A>>();

  constructor(groupOf: (question: Q) => string, ask: (questions: Q[]) => Promise<A[]>, sharing: Sharing) {
    this.#groupOf = groupOf;
    this.#ask = ask;
    this.#sharing = sharing;
  }

  async ask(question: Q): Promise<A> {
    const name = this.#groupOf(question);
    const group = this.#groups.get(name) ?? new Together(this.#ask, this.#sharing);
    this.#groups.set(name, group);
    try {
      return await group.ask(question);
    } finally {
      if (group.isIdle && this.#groups.get(name) === group) this.#groups.delete(name);
    }
  }
}
