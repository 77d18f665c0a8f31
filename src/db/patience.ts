/** Time-outs of a connection, in milliseconds, as the `pg` driver names them. */
export type Patience = {
  connectionTimeoutMillis: number;
  lock_timeout?: number;
  statement_timeout?: number;
  /** Kept by this process, for a server that is frozen and keeps none of its own. */
  query_timeout?: number;
};

/** What a caller waits for PostgreSQL: below the 2 seconds that it is promised, with the rest of the call. */
export const CALLER_PATIENCE_MS = 1_500;

/**
 * Shares out what a caller may wait: in a burst mostly for a connection; for a lock, for the statement that waits for
 * it. What the steps of a call add up to has a limit of its own, `http/within.ts`.
 */
export function callerPatience(totalMs: number): Patience {
  const share = (part: number) => Math.round(totalMs * part);
  return {
    connectionTimeoutMillis: share(0.85),
    lock_timeout: share(0.4),
    statement_timeout: share(0.5),
    query_timeout: share(0.55),
  };
}

/** A report reads much, and its caller knows it. */
export const reportPatience: Patience = {
  connectionTimeoutMillis: 1_000,
  lock_timeout: 1_000,
  statement_timeout: 5_000,
  query_timeout: 5_500,
};

/** A scrape is told in time that PostgreSQL is away: together below what a caller waits, see `http/route.ts`. */
export const figuresPatience: Patience = {
  connectionTimeoutMillis: 500,
  lock_timeout: 250,
  statement_timeout: 700,
  query_timeout: 750,
};

/** Below the 10 seconds of an activity. */
export const workerPatience: Patience = {
  connectionTimeoutMillis: 2_000,
  lock_timeout: 4_000,
  statement_timeout: 7_000,
  query_timeout: 7_500,
};

/** A migration takes the time it takes. */
export const migrationPatience: Patience = { connectionTimeoutMillis: 10_000 };
