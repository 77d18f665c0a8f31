import { describe, expect, it } from '@jest/globals';
import { dayOfWeek } from '../../../src/domain/calendar.ts';
import { hongKongPublicHolidays } from '../../../src/db/seed/public-holidays.ts';

/** The general holidays other than Sundays, as gazetted by the Government of Hong Kong. */
const gazetted: Record<number, string> = {
  2024: '01-01 02-10 02-12 02-13 03-29 03-30 04-01 04-04 05-01 05-15 06-10 07-01 09-18 10-01 10-11 12-25 12-26',
  2025: '01-01 01-29 01-30 01-31 04-04 04-18 04-19 04-21 05-01 05-05 05-31 07-01 10-01 10-07 10-29 12-25 12-26',
  2026: '01-01 02-17 02-18 02-19 04-03 04-04 04-06 04-07 05-01 05-25 06-19 07-01 09-26 10-01 10-19 12-25 12-26',
  2027: '01-01 02-06 02-08 02-09 03-26 03-27 03-29 04-05 05-01 05-13 06-09 07-01 09-16 10-01 10-08 12-25 12-27',
};

function datesOf(year: number): string[] {
  return hongKongPublicHolidays(year, year).map((holiday) => holiday.date);
}

describe('hongKongPublicHolidays', () => {
  it.each(Object.entries(gazetted))('lists the gazetted holidays of %s', (year, days) => {
    expect(datesOf(Number(year))).toEqual(days.split(' ').map((day) => `${year}-${day}`));
  });

  it.each([2024, 2025, 2026, 2027, 2028, 2029, 2030, 2031, 2032])(
    'lists seventeen different days for %d, none of them a Sunday',
    (year) => {
      const dates = datesOf(year);
      expect(new Set(dates).size).toBe(17);
      expect(dates.filter((date) => dayOfWeek(date) === 7)).toEqual([]);
    },
  );

  it('moves the second of two holidays on one day to the next free day', () => {
    // In 2026 the day after Ching Ming, a Sunday, is Easter Monday.
    const april = hongKongPublicHolidays(2026, 2026).filter(({ date }) => date.startsWith('2026-04'));
    expect(april).toEqual([
      { date: '2026-04-03', name: 'Good Friday' },
      { date: '2026-04-04', name: 'The day following Good Friday' },
      { date: '2026-04-06', name: 'The day following Ching Ming Festival' },
      { date: '2026-04-07', name: 'The day following Easter Monday' },
    ]);
  });

  it('lists several years in order of date', () => {
    const dates = hongKongPublicHolidays(2024, 2032).map((holiday) => holiday.date);
    expect(dates).toHaveLength(9 * 17);
    expect(dates).toEqual(dates.toSorted());
  });

  it.each([
    [2023, 2025],
    [2030, 2033],
    [2026, 2025],
  ])('refuses %d to %d, for which it has no verified table', (fromYear, toYear) => {
    expect(() => hongKongPublicHolidays(fromYear, toYear)).toThrow(
      "Hong Kong's public holidays are known from 2024 to 2032",
    );
  });
});
