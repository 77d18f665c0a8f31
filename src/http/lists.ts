import { validate as isUuid } from 'uuid';
import { dayBounds, isDate } from '../domain/calendar.ts';
import { invalid } from '../domain/errors.ts';

/** Above every UUID: where a list that runs downwards begins. */
const BEFORE_THE_FIRST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A cursor is opaque to its caller: where the page before ended. */
const writeCursor = (after: string): string => Buffer.from(`after:${after}`).toString('base64url');

function open(cursor: string, isPosition: (text: string) => boolean): string {
  const after = /^after:(.*)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  if (after === undefined || !isPosition(after)) {
    throw invalid([{ path: ['cursor'], message: 'is not a cursor of this list' }]);
  }
  return after;
}

/** The position of a cursor in a numbered list; 0 without one. */
export function readCursor(cursor: string | undefined): number {
  return cursor === undefined ? 0 : Number(open(cursor, (text) => /^\d{1,9}$/.test(text)));
}

/** The id that a cursor of a list by falling ids stands for. */
export function readIdCursor(cursor: string | undefined): string {
  return cursor === undefined ? BEFORE_THE_FIRST : open(cursor, isUuid);
}

/** The position of a cursor in a list by rising names; before all of them without one. */
export function readTextCursor(cursor: string | undefined): string {
  return cursor === undefined ? '' : open(cursor, (text) => /^[\w.-]{1,64}$/.test(text));
}

/** The ledger entry after which a page begins; '' for the first page. */
export function readEntryCursor(cursor: string | undefined): string {
  return cursor === undefined ? '' : open(cursor, (text) => /^\d{1,18}$/.test(text));
}

/** The day and the partner after whose statement a page begins; null for the first page. */
export function readStatementCursor(cursor: string | undefined): { date: string; partnerId: string } | null {
  if (cursor === undefined) return null;
  const text = open(cursor, (position) => isDate(position.slice(0, 10)) && position[10] === '/');
  return { date: text.slice(0, 10), partnerId: text.slice(11) };
}

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
  if (from !== undefined && to !== undefined && to < from) {
    throw invalid([{ path: ['to'], message: 'must not be before from' }]);
  }
  if (from === undefined && to === undefined) return undefined;
  return {
    ...(from !== undefined && { $gte: dayBounds(from, timeZone).start }),
    ...(to !== undefined && { $lt: dayBounds(to, timeZone).end }),
  };
}
