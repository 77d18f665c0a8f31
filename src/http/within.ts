import { Refusal } from '../domain/errors.ts';

/**
 * The answer, or 503 where it takes too long: each step keeps to its own time, but several slow ones add up.
 * What comes too late is handed to `tooLate`. What it has accepted is found by a repeat with the same
 * Idempotency-Key.
 */
export async function within<T>(
  ms: number,
  answering: Promise<T>,
  tooLate: (answer: T) => void = () => {},
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Refusal('UNAVAILABLE', 'The answer took too long. Try again, with the same Idempotency-Key.'));
    answering.then(tooLate, () => {});
  }, ms);
  try {
    return await Promise.race([answering, late]);
  } finally {
    clearTimeout(timer);
  }
}
