/** Questions asked at once, as many as wait. */
type Waiting<Q, A> = { question: Q; resolve: (answer: A) => void; reject: (error: unknown) => void };

/**
 * Lets callers who ask at the same time share a round trip. While `MOST_UNDER_WAY` questions are under way,
 * whoever comes waits, and all who wait are asked for together: so an answer is never older than its question.
 * Where asking fails, it fails for those who wait, too: the database would keep each of them as long again.
 */
export class Together<Q, A> {
  readonly #ask: (questions: Q[]) => Promise<A[]>;
  #waiting: Waiting<Q, A>[] = [];
  #underWay = 0;

  /** One for the database and one on its way there. */
  static readonly #MOST_UNDER_WAY = 2;

  /** `ask` answers every question, in their order. */
  constructor(ask: (questions: Q[]) => Promise<A[]>) {
    this.#ask = ask;
  }

  ask(question: Q): Promise<A> {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    this.#waiting.push({ question, resolve, reject });
    if (this.#underWay < Together.#MOST_UNDER_WAY) void this.#askAll();
    return promise;
  }

  async #askAll(): Promise<void> {
    const asked = this.#waiting;
    this.#waiting = [];
    this.#underWay += 1;
    try {
      const answers = await this.#ask(asked.map(({ question }) => question));
      asked.forEach(({ resolve }, position) => resolve(answers[position] as A));
    } catch (error) {
      for (const { reject } of [...asked, ...this.#waiting.splice(0)]) reject(error);
    } finally {
      this.#underWay -= 1;
    }
    if (this.#waiting.length > 0) void this.#askAll();
  }
}
