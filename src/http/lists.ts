import { writeCursor } from '../contract/cursors.ts';
import { dayBounds, isDate } from '../domain/calendar.ts';
import { type FieldProblem, invalid } from '../domain/errors.ts';

/** Above every UUID: where a list that runs downwards begins. */
export const BEFORE_THE_FIRST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A page of what was found with one more than the page holds, and the cursor of the next where there is one. */
export function pageOf<T>(
  found: T[],
  limit: number,
  positionOf: (item: T) => string,
): { items: T[]; next_cursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = found.length > items.length && last !== undefined;
  return { items, next_cursor: more ? writeCursor(positionOf(last)) : null };
}

/** A filter on a time: from the start of a business day to the end of another; undefined without either. */
export function soldBetween(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  timeZone: string,
): { $gte?: Date; $lt?: Date } | undefined {
  const problems = periodProblems({ from, to });
  if (problems.length > 0) throw invalid(problems);
  if (from === undefined && to === undefined) return undefined;
  return {
    ...(from !== undefined && { $gte: dayBounds(from, timeZone).start }),
    ...(to !== undefined && { $lt: dayBounds(to, timeZone).end }),
  };
}

/** What is wrong with two days together, in a query that need not be well-formed. */
export function periodProblems({ from, to }: { from?: unknown; to?: unknown }): FieldProblem[] {
  if (typeof from !== 'string' || typeof to !== 'string' || !isDate(from) || !isDate(to)) return [];
  return to < from ? [{ path: ['to'], message: 'must not be before from' }] : [];
}
