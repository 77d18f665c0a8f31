import { invalid } from '../domain/errors.ts';

/** A cursor is opaque to its caller: where the page before ended. */
export const writeCursor = (after: number): string => Buffer.from(`after:${after}`).toString('base64url');

/** The position of a cursor; 0 without one. */
export function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const match = /^after:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match) throw invalid([{ path: ['cursor'], message: 'is not a cursor of this list' }]);
  return Number(match[1]);
}
