import { AsyncLocalStorage } from 'node:async_hooks';

type Waiting<Q, A> = {
  question: Q;
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
  /** Of the first of those who will share a round trip: in its trace that is shown. */
  inContext: (<R>(work: () => R) => R) | undefined;
};

/**
 * Lets callers who ask at the same time share a round trip: all whose requests have come in by the time that the
 * process has read its sockets. While a question is under way, whoever comes waits for the next: so an answer is
 * never older than its question, and the busier it is, the more share one. Where asking fails, it fails for those
 * who wait, too: the database would keep each of them as long again.
 */
export class Together<Q, A> {
  readonly #ask: (questions: Q[]) => Promise<A[]>;
  readonly #most: number;
  #waiting: Waiting<Q, A>[] = [];
  #isUnderWay = false;

  /** `ask` answers every question, in their order, at `most` so many at once. */
  constructor(ask: (questions: Q[]) => Promise<A[]>, most = Number.POSITIVE_INFINITY) {
    this.#ask = ask;
    this.#most = most;
  }

  get isIdle(): boolean {
    return !this.#isUnderWay;
  }

  ask(question: Q): Promise<A> {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    const isFirst = this.#waiting.length % this.#most === 0;
    const inContext = isFirst ? AsyncLocalStorage.snapshot() : undefined;
    this.#waiting.push({ question, resolve, reject, inContext });
    if (!this.#isUnderWay) this.#askSoon();
    return promise;
  }

  #askSoon(): void {
    this.#isUnderWay = true;
    setImmediate(() => {
      const asked = this.#waiting.splice(0, this.#most);
      void asked[0]?.inContext?.(() => this.#askFor(asked));
    });
  }

  async #askFor(asked: Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.#ask(asked.map(({ question }) => question));
      asked.forEach(({ resolve }, position) => resolve(answers[position] as A));
    } catch (error) {
      for (const { reject } of [...asked, ...this.#waiting.splice(0)]) reject(error);
    }
    this.#isUnderWay = false;
    if (this.#waiting.length > 0) this.#askSoon();
  }
}

/** The same for questions of several groups: each group has a round trip of its own, and waits for no other. */
export class TogetherByGroup<Q, A> {
  readonly #groupOf: (question: Q) => string;
  readonly #ask: (questions: Q[]) => Promise<A[]>;
  readonly #most: number;
  /** Those that somebody waits for. */
  readonly #groups = new Map<string, Together<Q, A>>();

  constructor(groupOf: (question: Q) => string, ask: (questions: Q[]) => Promise<A[]>, most: number) {
    this.#groupOf = groupOf;
    this.#ask = ask;
    this.#most = most;
  }

  async ask(question: Q): Promise<A> {
    const name = this.#groupOf(question);
    const group = this.#groups.get(name) ?? new Together(this.#ask, this.#most);
    this.#groups.set(name, group);
    try {
      return await group.ask(question);
    } finally {
      if (group.isIdle && this.#groups.get(name) === group) this.#groups.delete(name);
    }
  }
}
