import { AsyncLocalStorage } from 'node:async_hooks';

/** Questions asked at once, as many as wait. */
type Waiting<Q, A> = { question: Q; resolve: (answer: A) => void; reject: (error: unknown) => void };

/**
 * Lets callers who ask at the same time share a round trip: all whose requests have come in by the time that the
 * process has read its sockets. While a question is under way, whoever comes waits for the next: so an answer is
 * never older than its question, and the busier it is, the more share one. Where asking fails, it fails for those who wait, too: the database would keep each of them
 * as long again.
 */
export class Together<Q, A> {
  readonly #ask: (questions: Q[]) => Promise<A[]>;
  #waiting: Waiting<Q, A>[] = [];
  #isUnderWay = false;
  /** Of the first who waits: in its trace the round trip is shown. */
  #inContext = AsyncLocalStorage.snapshot();

  /** `ask` answers every question, in their order. */
  constructor(ask: (questions: Q[]) => Promise<A[]>) {
    this.#ask = ask;
  }

  ask(question: Q): Promise<A> {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    if (this.#waiting.length === 0) this.#inContext = AsyncLocalStorage.snapshot();
    this.#waiting.push({ question, resolve, reject });
    if (!this.#isUnderWay) this.#askSoon();
    return promise;
  }

  #askSoon(): void {
    this.#isUnderWay = true;
    setImmediate(() => void this.#inContext(() => this.#askAll()));
  }

  async #askAll(): Promise<void> {
    const asked = this.#waiting;
    this.#waiting = [];
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
