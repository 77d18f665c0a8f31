import { isDeadlock, violates } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import { findAnswer } from '../db/queries/find-answer.ts';
import { Refusal } from '../domain/errors.ts';

export type Once<R> = { result: R; replayed: boolean };
/** With the command to deliver; a replayed answer has none. */
export type OnceCommanded<R> = Once<R> & { command?: WorkflowCommand };

/**
 * Runs an accepting statement at most once for the caller's keys. A key that has an answer replays it. A
 * parallel repeat waits on the rows that the first has locked, and is then either undone by
 * `one_answer_for_a_key` or refused for what the first has changed: so before any refusal leaves here,
 * the answer is looked for once more. A refusal itself is not kept, and leaves the key free.
 */
export async function once<R>(em: EntityManager, by: Accepting, accept: () => Promise<R>): Promise<Once<R>> {
  return (await replay<R>(em, by)) ?? onceAtFirst(em, by, accept);
}

/**
 * The same without looking for an answer first, which saves the round trip of every first call. For statements
 * that refuse a repeat themselves, before they lock anything.
 */
export async function onceAtFirst<R>(
  em: EntityManager,
  by: Accepting,
  accept: () => Promise<R>,
): Promise<Once<R>> {
  try {
    return { result: await retryingDeadlocks(accept), replayed: false };
  } catch (error) {
    const lostToATwin = violates(error, 'one_answer_for_a_key');
    if (!lostToATwin && !(error instanceof Refusal)) throw error;
    const twin = await replay<R>(em, by);
    if (twin) return twin;
    throw error;
  }
}

/** The same for a statement that writes a workflow command too. */
export async function onceCommanded<R>(
  em: EntityManager,
  by: Accepting,
  accept: () => Promise<{ result: R; command: WorkflowCommand }>,
  how: typeof once = once,
): Promise<OnceCommanded<R>> {
  let command: WorkflowCommand | undefined;
  const answer = await how<R>(em, by, async () => {
    const accepted = await accept();
    command = accepted.command;
    return accepted.result;
  });
  return command && !answer.replayed ? { ...answer, command } : answer;
}

async function replay<R>(em: EntityManager, by: Accepting): Promise<Once<R> | undefined> {
  for (const key of by.answerKeys) {
    const kept = await findAnswer(em, by.partnerId, key);
    if (!kept) continue;
    if (!kept.fingerprint.equals(key.fingerprint)) throw reused(key.operation);
    return { result: kept.result as R, replayed: true };
  }
  return undefined;
}

function reused(operation: string): Refusal {
  return operation === 'out_trade_no'
    ? new Refusal('REFERENCE_TAKEN', 'This out_trade_no belongs to an order with another content.')
    : new Refusal(
        'IDEMPOTENCY_KEY_REUSED',
        'This Idempotency-Key came with another body before. Use a new key for a new request.',
      );
}

/** A deadlock between callers of several products is nobody's fault, and gone the next time. */
async function retryingDeadlocks<R>(accept: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await accept();
    } catch (error) {
      if (!isDeadlock(error) || attempt === 3) throw error;
    }
  }
}
