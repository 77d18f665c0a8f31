import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { keepAnswer } from '../db/queries/keep-answer.ts';
import { type Once, once } from './once.ts';

/** Reads what the caller is told, in the transaction of the change, from what the change has made. */
export type Tell<T, M = void> = (tx: EntityManager, made: M) => Promise<T> | T;

/**
 * Makes a change in one transaction, once for the caller's keys, and keeps the answer as text: a repeat gets
 * it to the letter, whatever has changed since. The answer holds no secret. `make` is given the caller
 * without its keys, as statements that end with `auditAndAnswer` would keep an answer of their own.
 */
export async function answerOnce<T, M>(
  em: EntityManager,
  by: Accepting,
  make: (tx: EntityManager, by: Accepting) => Promise<M>,
  tell: Tell<T, M>,
): Promise<Once<T>> {
  const { result, replayed } = await once(em, by, () =>
    em.fork().transactional(async (tx) => {
      const made = await make(tx, { ...by, answerKeys: [] });
      const answer = JSON.stringify(await tell(tx, made));
      await keepAnswer(tx, by, answer);
      return answer;
    }),
  );
  return { result: JSON.parse(result) as T, replayed };
}

/** An answer with a secret that only its first caller is shown; a repeat has null. */
export type ShownOnce<T> = Once<T> & { secret: string | null };

/** As `answerOnce`; the secret goes past the answer that is kept, and is lost with a transaction that is. */
export async function showOnce<T, M>(
  em: EntityManager,
  by: Accepting,
  make: (tx: EntityManager) => Promise<{ made: M; secret: string }>,
  tell: Tell<T, M>,
): Promise<ShownOnce<T>> {
  let secret: string | null = null;
  const makeAndRemember = async (tx: EntityManager) => {
    const issued = await make(tx);
    secret = issued.secret;
    return issued.made;
  };
  const answer = await answerOnce(em, by, makeAndRemember, tell);
  return { ...answer, secret: answer.replayed ? null : secret };
}
