/** Business dates are `YYYY-MM-DD` texts, so that they compare and sort as they stand. */
import { Temporal as Calendar } from 'temporal-polyfill';

/** Strict: ten characters and a day that exists. Year 0000 is refused because PostgreSQL's `date` has none. */
export function isDate(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    Calendar.PlainDate.from(text);
    return true;
  } catch {
    return false;
  }
}

/** The date on the wall calendar of `timeZone` at the moment `now`. */
export function today(now: Date, timeZone: string): string {
  const instant = Calendar.Instant.fromEpochMilliseconds(now.getTime());
  return instant.toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** The date before the one on the wall calendar of `timeZone` at the moment `now`. */
export function dayBefore(now: Date, timeZone: string): string {
  return Calendar.PlainDate.from(today(now, timeZone)).subtract({ days: 1 }).toString();
}

/** The moments at which a date begins, and at which the next one does, in `timeZone`. */
export function dayBounds(date: string, timeZone: string): { start: Date; end: Date } {
  const day = Calendar.PlainDate.from(date);
  const startOf = (one: Calendar.PlainDate) => new Date(one.toZonedDateTime(timeZone).epochMilliseconds);
  return { start: startOf(day), end: startOf(day.add({ days: 1 })) };
}

/** Every date from `from` to `to`, both included; none if `to` is earlier. */
export function eachDate(from: string, to: string): string[] {
  const first = Calendar.PlainDate.from(from);
  const length = Math.max(0, daysBetween(from, to) + 1);
  return Array.from({ length }, (_, days) => first.add({ days }).toString());
}

/** Whole days from `from` to `to`; negative if `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return Calendar.PlainDate.from(from).until(to, { largestUnit: 'days' }).days;
}

/** 1 is Monday, 7 is Sunday. */
export function dayOfWeek(date: string): number {
  return Calendar.PlainDate.from(date).dayOfWeek;
}

export function isSaturdayOrSunday(date: string): boolean {
  return dayOfWeek(date) >= 6;
}
