import Holidays from 'date-holidays';

export type PublicHoliday = { date: string; name: string };

/**
 * The years for which the table agrees with the General Holidays Ordinance and the Observatory's calendar.
 * In 2033 it puts the leap month after the seventh month instead of the eleventh, and so the
 * Mid-Autumn and Chung Yeung holidays a month late.
 */
const verifiedYears = { from: 2024, to: 2032 };

/**
 * Hong Kong's general holidays other than Sundays, substitutes included, in order of date.
 * The data is that of date-holidays, see NOTICE for its licence.
 */
export function hongKongPublicHolidays(fromYear: number, toYear: number): PublicHoliday[] {
  const isVerified = verifiedYears.from <= fromYear && fromYear <= toYear && toYear <= verifiedYears.to;
  if (!isVerified) {
    throw new RangeError(
      `Hong Kong's public holidays are known from ${verifiedYears.from} to ${verifiedYears.to}, ` +
        `not from ${fromYear} to ${toYear}`,
    );
  }
  const years = Array.from({ length: toYear - fromYear + 1 }, (_, index) => fromYear + index);
  return years.flatMap(holidaysOf);
}

/** A year takes a tenth of a second of the processor, in which the API answers nobody: found out once. */
const known = new Map<number, PublicHoliday[]>();

function holidaysOf(year: number): PublicHoliday[] {
  const found =
    known.get(year) ??
    // `date` is the day on the calendar of Hong Kong, whatever the time zone of this machine.
    new Holidays('HK', { types: ['public'] })
      .getHolidays(year, 'en')
      .map(({ date, name }) => ({ date: date.slice(0, 10), name }));
  known.set(year, found);
  return found;
}
