import { VISIT } from './story.ts';

/** Amounts of the examples are in Hong Kong cents. */
export const money = (amount: number) => ({ amount, currency: 'HKD', currency_precision: 2 });

const plan = (letter: string, price: number, tokens: number) => ({
  addon_id: `tokens-plan-${letter.toLowerCase()}`,
  label: `Token plan ${letter}: ${tokens} playground tokens`,
  unit_price: price,
  entitlements: [{ function_code: 'playground_tokens', quantity: tokens }],
});
const dayPrices = (weekday: number, weekend: number) => ({ weekday, weekend });
const specialDates = [
  { date: '2025-12-31', multiplier: 1.5 },
  { date: '2026-02-18', multiplier: 1.3 },
];

/** Product 106 of the first season. */
export const premiumPrices = {
  unit_prices: {
    adult: dayPrices(288_00, 318_00),
    child: dayPrices(188_00, 188_00),
    elderly: dayPrices(188_00, 188_00),
  },
  addons: [plan('A', 100_00, 10), plan('B', 180_00, 20), plan('C', 400_00, 50)],
  special_dates: specialDates,
};
export const currency = { currency: 'HKD', currency_precision: 2 };
export const snapshot = { price_list_id: 1, ...currency, ...premiumPrices };

/** The year of the visit stands for all that are published. */
export const premiumRules = {
  ...currency,
  ...premiumPrices,
  public_holidays: [
    '2030-01-01',
    '2030-02-04',
    '2030-02-05',
    '2030-02-06',
    '2030-04-05',
    '2030-04-19',
    '2030-04-20',
    '2030-04-22',
    '2030-05-01',
    '2030-05-09',
    '2030-06-05',
    '2030-07-01',
    '2030-09-13',
    '2030-10-01',
    '2030-10-05',
    '2030-12-25',
    '2030-12-26',
  ],
  calendar_from: '2024-01-01',
  calendar_to: '2032-12-31',
};

type CustomerType = 'adult' | 'child' | 'elderly';
type Part = { customer_type: CustomerType; count: number };

/** A visit on a Saturday, for whom, and with how many tokens of plan A. */
export const visit = (parts: Part[], tokens = 0) => ({
  visit_date: VISIT,
  customer_breakdown: parts,
  ...(tokens > 0 && { addons: [{ addon_id: 'tokens-plan-a', quantity: tokens }] }),
});

/** What that visit costs, by the unit prices of a weekend. */
export function breakdown(productId: number, adultPrice: number, parts: Part[], tokens = 0) {
  const priceOf = (type: CustomerType) => (type === 'adult' ? adultPrice : 188_00);
  const subtotal = parts.reduce((sum, { customer_type, count }) => sum + count * priceOf(customer_type), 0);
  const [planA] = premiumPrices.addons;
  const addonPrice = planA?.unit_price ?? 0;
  return {
    product_id: productId,
    quantity: parts.reduce((sum, { count }) => sum + count, 0),
    visit_date: VISIT,
    day_type: 'weekend',
    lines: parts.map(({ customer_type, count }) => ({
      customer_type,
      count,
      unit_price: money(priceOf(customer_type)),
      amount: money(count * priceOf(customer_type)),
    })),
    subtotal: money(subtotal),
    addons:
      tokens > 0
        ? [
            {
              addon_id: planA?.addon_id,
              label: planA?.label,
              quantity: tokens,
              unit_price: money(addonPrice),
              amount: money(tokens * addonPrice),
            },
          ]
        : [],
    addons_total: money(tokens * addonPrice),
    adjustments: [],
    total: money(subtotal + tokens * addonPrice),
  };
}

/** Two adults and a child, with ten tokens more: 924.00. */
export const family: Part[] = [
  { customer_type: 'adult', count: 2 },
  { customer_type: 'child', count: 1 },
];
export const familyPrice = breakdown(106, 318_00, family, 1);
export const oneAdult: Part[] = [{ customer_type: 'adult', count: 1 }];
