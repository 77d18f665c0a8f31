import type { FieldProblem } from './errors.ts';
import type { CustomerType, PricedAddon, PriceRules } from './pricing.ts';

/** New prices; what is absent stays as it is. */
export type PriceChange = {
  unitPrices?: Partial<Record<CustomerType, { weekday: number; weekend: number } | undefined>> | undefined;
  publicHolidays?: string[] | undefined;
  calendarFrom?: string | undefined;
  calendarTo?: string | undefined;
};

export function changedPrices(rules: PriceRules, change: PriceChange): PriceRules {
  const { adult, child, elderly } = rules.unitPrices;
  return {
    ...rules,
    unitPrices: {
      adult: change.unitPrices?.adult ?? adult,
      child: change.unitPrices?.child ?? child,
      elderly: change.unitPrices?.elderly ?? elderly,
    },
    publicHolidays: [...new Set(change.publicHolidays ?? rules.publicHolidays)].toSorted(),
    calendarFrom: change.calendarFrom ?? rules.calendarFrom,
    calendarTo: change.calendarTo ?? rules.calendarTo,
  };
}

/** One special date added, or its multiplier changed; the dates stay sorted. */
export function withSpecialDate(
  rules: PriceRules,
  special: { date: string; multiplierPermille: number },
): PriceRules {
  const others = rules.specialDates.filter(({ date }) => date !== special.date);
  return { ...rules, specialDates: [...others, special].toSorted((a, b) => (a.date < b.date ? -1 : 1)) };
}

/** Undefined where the date is not special. */
export function withoutSpecialDate(rules: PriceRules, date: string): PriceRules | undefined {
  const specialDates = rules.specialDates.filter((special) => special.date !== date);
  return specialDates.length < rules.specialDates.length ? { ...rules, specialDates } : undefined;
}

/** One add-on added at the end, or changed in its place. */
export function withAddon(rules: PriceRules, addon: PricedAddon): PriceRules {
  const isKnown = rules.addons.some(({ addonId }) => addonId === addon.addonId);
  const addons = isKnown
    ? rules.addons.map((present) => (present.addonId === addon.addonId ? addon : present))
    : [...rules.addons, addon];
  return { ...rules, addons };
}

/** Undefined where there is no such add-on. */
export function withoutAddon(rules: PriceRules, addonId: string): PriceRules | undefined {
  const addons = rules.addons.filter((addon) => addon.addonId !== addonId);
  return addons.length < rules.addons.length ? { ...rules, addons } : undefined;
}

/** What does not fit together in prices, by the names of the wire. */
export function ruleProblems(rules: PriceRules, path: string[]): FieldProblem[] {
  const { calendarFrom, calendarTo, specialDates, publicHolidays, addons } = rules;
  const problems: FieldProblem[] = [];
  if (calendarTo < calendarFrom) {
    problems.push({ path: [...path, 'calendar_to'], message: `must not be before ${calendarFrom}` });
  } else {
    const isOutside = (date: string) => date < calendarFrom || date > calendarTo;
    for (const { date } of specialDates.filter((special) => isOutside(special.date))) {
      const message = `${date} lies outside the calendar, ${calendarFrom} to ${calendarTo}`;
      problems.push({ path: [...path, 'special_dates'], message });
    }
    const outside = publicHolidays.find(isOutside);
    if (outside !== undefined) {
      const message = `${outside} lies outside the calendar, ${calendarFrom} to ${calendarTo}`;
      problems.push({ path: [...path, 'public_holidays'], message });
    }
  }
  if (new Set(specialDates.map(({ date }) => date)).size < specialDates.length) {
    problems.push({ path: [...path, 'special_dates'], message: 'names a date twice' });
  }
  if (new Set(addons.map(({ addonId }) => addonId)).size < addons.length) {
    problems.push({ path: [...path, 'addons'], message: 'names an add-on twice' });
  }
  return problems;
}
