import { z } from 'zod';
import { isDate } from '../domain/calendar.ts';

/**
 * The cursors of a list: opaque to the caller, to us the position after which the page begins. `read` gives
 * undefined for what is no position of the list.
 */
const cursorOf = <T>(read: (position: string) => T | undefined) =>
  z
    .string()
    .max(200)
    .transform((text, check) => {
      const position = /^after:(.*)$/.exec(Buffer.from(text, 'base64url').toString('latin1'))?.[1];
      const after = position === undefined ? undefined : read(position);
      if (after !== undefined) return after;
      check.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
      return z.NEVER;
    })
    .optional();

const thatMatch = (form: RegExp) => cursorOf((text) => (form.test(text) ? text : undefined));

/** Of a list by rising numbers. */
export const afterNumber = cursorOf((text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined));
/** Of a list by falling ids. */
export const afterId = thatMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i);
/** Of a list by rising names. */
export const afterName = thatMatch(/^[\w.-]{1,64}$/);
/** Of the entries of the ledger. */
export const afterEntry = thatMatch(/^\d{1,18}$/);
/** Of statements, by day and partner. */
export const afterStatement = cursorOf((text) =>
  isDate(text.slice(0, 10)) && text[10] === '/'
    ? { date: text.slice(0, 10), partnerId: text.slice(11) }
    : undefined,
);

/** Of the codes that admit nowhere, by the time, to the microsecond, from which on they do not. */
export const afterRevocation = cursorOf((text) => {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\/([A-Z2-7]{26})$/.exec(text);
  const [, at = '', ticketCode = ''] = found ?? [];
  // A day that a calendar lacks, Date would take for another one.
  const time = new Date(Date.parse(at));
  const isTime = time.getTime() >= 0 && time.toISOString().slice(0, 19) === at.slice(0, 19);
  return isTime ? { at, ticketCode } : undefined;
});

export const writeCursor = (after: string): string => Buffer.from(`after:${after}`).toString('base64url');
