/**
 * Lets everybody who asks within `ms` of an answer share it, and whoever asks while it is being found wait for the
 * same. A failure is shared like an answer.
 */
export function keptFor<T>(
  ms: number,
  find: () => Promise<T>,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let outdatedAt = 0;
  const wasFound = () => {
    outdatedAt = now() + ms;
  };
  return () => {
    if (answer && now() < outdatedAt) return answer;
    outdatedAt = Number.POSITIVE_INFINITY;
    answer = find();
    answer.then(wasFound, wasFound);
    return answer;
  };
}
