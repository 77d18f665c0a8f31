type DatabaseError = { code?: unknown; constraint?: unknown };

const asDatabaseError = (error: unknown): DatabaseError =>
  typeof error === 'object' && error !== null ? error : {};

/** Whether a statement was undone by this unique constraint or index, or this check. */
export function violates(error: unknown, constraint: string): boolean {
  const { code, constraint: name } = asDatabaseError(error);
  return (code === '23505' || code === '23514') && name === constraint;
}

/** Whether PostgreSQL chose this transaction to end a deadlock; the same call again succeeds. */
export function isDeadlock(error: unknown): boolean {
  return asDatabaseError(error).code === '40P01';
}

/** Whether a statement gave up waiting for a lock. */
export function isLockTimeout(error: unknown): boolean {
  return asDatabaseError(error).code === '55P03';
}

/** Whether a migration has changed what a kept plan returns; it is made anew on another connection. */
export function isOutdatedPlan(error: unknown): boolean {
  return error instanceof Error && error.message.includes('cached plan must not change result type');
}

/**
 * Whether PostgreSQL is away, starting, full, out of connections or slower than a caller may wait. By
 * SQLSTATE class: 08 connection, 53 resources (disk full, too many connections), 57 operator intervention
 * (shutdown, statement time-out), 55P03 lock time-out, 25006 read-only standby; outdated plans; and Node's socket errors.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  if (isOutdatedPlan(error)) return true;
  const { code } = asDatabaseError(error);
  if (typeof code === 'string') {
    return (
      /^(08|53|57)...$/.test(code) ||
      [
        '55P03',
        '25006',
        '25P03',
        'ECONNREFUSED',
        'ECONNRESET',
        'EPIPE',
        'ETIMEDOUT',
        'ENOTFOUND',
        'EAI_AGAIN',
      ].includes(code)
    );
  }
  const message = error instanceof Error ? error.message : '';
  return /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Client was closed|connection is not queryable|Query read timeout/.test(
    message,
  );
}

/** What comes of it, or undefined where it fails as expected. */
export async function orUndefined<T>(
  doing: Promise<T>,
  isExpected: (error: unknown) => boolean,
): Promise<T | undefined> {
  try {
    return await doing;
  } catch (error) {
    if (!isExpected(error)) throw error;
    return undefined;
  }
}
