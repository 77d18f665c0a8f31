import { eachDate } from '../../domain/calendar.ts';
import { dayTypeOf, type PriceRules, type Quote, unitPricesOn } from '../../domain/pricing.ts';

const presentAddons = (rules: PriceRules) =>
  rules.addons.map((addon) => ({
    addon_id: addon.addonId,
    label: addon.label,
    unit_price: addon.unitPrice,
    entitlements: addon.entitlements.map(({ functionCode, quantity }) => ({
      function_code: functionCode,
      quantity,
    })),
  }));

const presentSpecialDates = (rules: PriceRules) =>
  rules.specialDates.map(({ date, multiplierPermille }) => ({ date, multiplier: multiplierPermille / 1000 }));

export function presentSnapshot(priceListId: number, rules: PriceRules) {
  return {
    price_list_id: priceListId,
    currency: rules.currency,
    currency_precision: rules.currencyPrecision,
    unit_prices: rules.unitPrices,
    addons: presentAddons(rules),
    special_dates: presentSpecialDates(rules),
  };
}

export function presentRules(productId: number, rules: PriceRules) {
  return {
    product_id: productId,
    currency: rules.currency,
    currency_precision: rules.currencyPrecision,
    unit_prices: rules.unitPrices,
    addons: presentAddons(rules),
    special_dates: presentSpecialDates(rules),
    public_holidays: rules.publicHolidays,
    calendar_from: rules.calendarFrom,
    calendar_to: rules.calendarTo,
  };
}

/** A product's prices, with each date of a range when one is asked for. */
export function presentProductPrices(name: string, rules: PriceRules, range?: { from: string; to: string }) {
  return {
    name,
    unit_prices: rules.unitPrices,
    addons: presentAddons(rules),
    special_dates: presentSpecialDates(rules),
    ...(range && {
      calendar: eachDate(range.from, range.to).map((date) => ({
        date,
        day_type: dayTypeOf(rules, date),
        unit_prices: unitPricesOn(rules, date),
      })),
    }),
  };
}

export function presentQuote(productId: number, quote: Quote) {
  const money = moneyOf(quote);
  return {
    product_id: productId,
    quantity: quote.units,
    visit_date: quote.visitDate,
    day_type: quote.dayType,
    lines: quote.lines.map((line) => ({
      customer_type: line.customerType,
      count: line.count,
      unit_price: money(line.unitPrice),
      amount: money(line.amount),
    })),
    subtotal: money(quote.subtotal),
    addons: quote.addons.map((addon) => ({
      addon_id: addon.addonId,
      label: addon.label,
      quantity: addon.quantity,
      unit_price: money(addon.unitPrice),
      amount: money(addon.amount),
    })),
    addons_total: money(quote.addonsTotal),
    adjustments: quote.adjustments.map((adjustment) => ({ ...adjustment, amount: money(adjustment.amount) })),
    total: money(quote.total),
  };
}

/** Amounts in a currency, as the wire shows them. */
export const moneyOf =
  ({ currency, currencyPrecision }: { currency: string; currencyPrecision: number }) =>
  (amount: number) => ({ amount, currency, currency_precision: currencyPrecision });
