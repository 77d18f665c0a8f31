import type { Money } from './api.ts';

const whole = new Intl.NumberFormat('en');
/** "1,540" */
export const count = (value: number): string => whole.format(value);

/** "1 unit", "3 units" */
export const units = (value: number): string => many(value, 'unit');
export const many = (value: number, noun: string, plural = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : plural}`;

/** "HKD 288.00": the code, since several currencies have the same sign. */
export function money({ amount, currency, currency_precision: places }: Money): string {
  const value = (amount / 10 ** places).toLocaleString('en', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  return `${currency} ${value}`;
}

/** "14:05" of this day, else "3 Jun, 14:05"; by the clock of whoever reads it. */
export function clock(time: string | number, today: number): string {
  const at = new Date(time);
  const hours = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const isToday = at.toDateString() === new Date(today).toDateString();
  return isToday ? hours : `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${hours}`;
}

/** With seconds, of this moment. */
export const exactClock = (time: string): string => new Date(time).toLocaleTimeString('en-GB');

/** With the date and the seconds, for a trail. */
export const fullTime = (time: string): string =>
  new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** "3 h 20 min", "12 min 05 s", "48 s" */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  if (hours > 0) return `${hours} h ${twoDigits(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${twoDigits(seconds % 60)} s` : `${seconds} s`;
}

/** "since 2 h", roughly, as it is read in passing. */
export const since = (milliseconds: number): string =>
  milliseconds < 60_000 ? 'just now' : `since ${age(milliseconds)}`;

function age(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** "pending payment" of `pending_payment`. */
export const spoken = (code: string): string => code.replaceAll('_', ' ');
