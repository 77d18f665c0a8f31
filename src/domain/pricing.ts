import { isDate, isSaturdayOrSunday } from './calendar.ts';
import type { FieldProblem } from './errors.ts';
import { timesPermille } from './money.ts';

export const customerTypes = ['adult', 'child', 'elderly'] as const;
export type CustomerType = (typeof customerTypes)[number];

/** A public holiday counts as weekend. */
export type DayType = 'weekday' | 'weekend' | 'special';

/** Everything a product's prices depend on, as plain data; prices are in minor units. */
export type PriceRules = {
  currency: string;
  currencyPrecision: number;
  unitPrices: Record<CustomerType, { weekday: number; weekend: number }>;
  specialDates: { date: string; multiplierPermille: number }[];
  addons: PricedAddon[];
  /** Sorted dates. */
  publicHolidays: string[];
  /** The first and the last date for which `publicHolidays` is complete. */
  calendarFrom: string;
  calendarTo: string;
};

export type PricedAddon = {
  addonId: string;
  label: string;
  unitPrice: number;
  entitlements: { functionCode: string; quantity: number }[];
};

export type AddonChoice = { addonId: string; quantity: number }[];

/** What a caller asks for, before its customer types are known to exist. */
export type QuoteRequest = {
  visitDate: string;
  breakdown: { customerType: string; count: number }[];
  addons: AddonChoice;
};

export type Quote = {
  visitDate: string;
  dayType: DayType;
  units: number;
  lines: { customerType: CustomerType; count: number; unitPrice: number; amount: number }[];
  addons: { addonId: string; label: string; quantity: number; unitPrice: number; amount: number }[];
  subtotal: number;
  addonsTotal: number;
  adjustments: { code: string; label: string; amount: number }[];
  total: number;
  currency: string;
  currencyPrecision: number;
};

/** The contract's bound on any quantity, and on the units of one quote. */
const maxQuantity = 1_000_000;

/** Prices a visit, or tells everything that is wrong with the request at once, by the names of the wire. */
export function quote(
  rules: PriceRules,
  request: QuoteRequest,
): { quote: Quote } | { problems: FieldProblem[] } {
  const problems = [
    ...visitDateProblems(rules, request.visitDate),
    ...breakdownProblems(request.breakdown),
    ...addonProblems(rules, request.addons),
  ];
  if (problems.length > 0) return { problems };

  const { visitDate } = request;
  const lines = priceLines(rules, request);
  const addons = priceAddons(rules, request.addons);
  const subtotal = sum(lines.map((line) => line.amount));
  const addonsTotal = sum(addons.map((addon) => addon.amount));
  // Unit prices already carry the special date, so nothing adjusts them yet.
  const adjustments: Quote['adjustments'] = [];
  const total = subtotal + addonsTotal + sum(adjustments.map((adjustment) => adjustment.amount));
  // No amount is negative: had any part left the safe integers, the total would have too.
  if (!Number.isSafeInteger(total)) return { problems: [{ path: [], message: 'the total is too large' }] };

  const units = sum(lines.map((line) => line.count));
  const { currency, currencyPrecision } = rules;
  return {
    quote: {
      visitDate,
      dayType: dayTypeOf(rules, visitDate),
      units,
      lines,
      addons,
      subtotal,
      addonsTotal,
      adjustments,
      total,
      currency,
      currencyPrecision,
    },
  };
}

export function dayTypeOf(rules: PriceRules, date: string): DayType {
  const isSpecial = rules.specialDates.some((special) => special.date === date);
  return isSpecial ? 'special' : ordinaryDayType(rules, date);
}

/** On a special date the adult price is its weekday price multiplied; the others cost what they always do. */
export function unitPricesOn(rules: PriceRules, date: string): Record<CustomerType, number> {
  const { adult, child, elderly } = rules.unitPrices;
  const dayType = ordinaryDayType(rules, date);
  const special = rules.specialDates.find((candidate) => candidate.date === date);
  return {
    adult: special ? timesPermille(adult.weekday, special.multiplierPermille) : adult[dayType],
    child: child[dayType],
    elderly: elderly[dayType],
  };
}

function ordinaryDayType(rules: PriceRules, date: string): 'weekday' | 'weekend' {
  const isDayOff = isSaturdayOrSunday(date) || rules.publicHolidays.includes(date);
  return isDayOff ? 'weekend' : 'weekday';
}

/** In the order of the customer types, so that equal requests give equal quotes. */
function priceLines(rules: PriceRules, { visitDate, breakdown }: QuoteRequest): Quote['lines'] {
  const unitPrices = unitPricesOn(rules, visitDate);
  return customerTypes.flatMap((customerType) => {
    const unitPrice = unitPrices[customerType];
    return breakdown
      .filter((entry) => entry.customerType === customerType)
      .map(({ count }) => ({ customerType, count, unitPrice, amount: count * unitPrice }));
  });
}

/** In the order of the product's add-ons, for the same reason. */
function priceAddons(rules: PriceRules, choice: AddonChoice): Quote['addons'] {
  return rules.addons.flatMap(({ addonId, label, unitPrice }) =>
    choice
      .filter((chosen) => chosen.addonId === addonId)
      .map(({ quantity }) => ({ addonId, label, quantity, unitPrice, amount: quantity * unitPrice })),
  );
}

function visitDateProblems(rules: PriceRules, visitDate: string): FieldProblem[] {
  const path = ['visit_date'];
  if (!isDate(visitDate)) return [{ path, message: 'must be a date that exists, as YYYY-MM-DD' }];
  const { calendarFrom, calendarTo } = rules;
  const isPublished = calendarFrom <= visitDate && visitDate <= calendarTo;
  return isPublished ? [] : [{ path, message: `prices are published from ${calendarFrom} to ${calendarTo}` }];
}

function breakdownProblems(breakdown: QuoteRequest['breakdown']): FieldProblem[] {
  const path = ['customer_breakdown'];
  if (breakdown.length === 0) return [{ path, message: 'must name at least one customer type' }];

  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  for (const [index, { customerType, count }] of breakdown.entries()) {
    const entry = [...path, String(index)];
    const isKnown = customerTypes.some((known) => known === customerType);
    if (!isKnown) {
      problems.push({
        path: [...entry, 'customer_type'],
        message: `must be one of ${customerTypes.join(', ')}`,
      });
    } else if (seen.has(customerType)) {
      problems.push({
        path: [...entry, 'customer_type'],
        message: `${customerType} is already counted above`,
      });
    }
    seen.add(customerType);
    problems.push(...quantityProblems([...entry, 'count'], count));
  }

  const units = sum(breakdown.map((entry) => entry.count));
  const isTooMany = breakdown.every((entry) => isQuantity(entry.count)) && units > maxQuantity;
  if (isTooMany)
    problems.push({ path, message: `counts ${units} units; at most ${maxQuantity} are allowed` });
  return problems;
}

function addonProblems(rules: PriceRules, addons: AddonChoice): FieldProblem[] {
  const known = rules.addons.map((addon) => addon.addonId);
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  for (const [index, { addonId, quantity }] of addons.entries()) {
    const entry = ['addons', String(index)];
    if (!known.includes(addonId)) {
      const message =
        known.length > 0 ? `must be one of ${known.join(', ')}` : 'this product is sold without add-ons';
      problems.push({ path: [...entry, 'addon_id'], message });
    } else if (seen.has(addonId)) {
      problems.push({ path: [...entry, 'addon_id'], message: `${addonId} is already chosen above` });
    }
    seen.add(addonId);
    problems.push(...quantityProblems([...entry, 'quantity'], quantity));
  }
  return problems;
}

function quantityProblems(path: string[], quantity: number): FieldProblem[] {
  return isQuantity(quantity) ? [] : [{ path, message: `must be an integer from 1 to ${maxQuantity}` }];
}

function isQuantity(quantity: number): boolean {
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= maxQuantity;
}

function sum(amounts: number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
