import { getCatalog, getInventory } from '../inventory.ts';
import { calculatePrice, getPriceRules } from '../pricing.ts';
import { example, json } from './example.ts';
import { currency, family, familyPrice, money, premiumPrices, premiumRules, visit } from './prices.ts';
import { at } from './story.ts';

const calendarDay = (date: string, dayType: string, adult: number) => ({
  date,
  day_type: dayType,
  unit_prices: { adult, child: 188_00, elderly: 188_00 },
});

export const pricingExamples = [
  example(getInventory, {
    query: { product_ids: '106', date_range: '2030-06-14/2030-06-16' },
    answers: {
      200: json({
        available_quantities: { 106: 2000 },
        pricing_context: {
          ...currency,
          customer_types: ['adult', 'child', 'elderly'],
          products: {
            106: {
              name: 'Premium Plan',
              ...premiumPrices,
              calendar: [
                calendarDay('2030-06-14', 'weekday', 288_00),
                calendarDay('2030-06-15', 'weekend', 318_00),
                calendarDay('2030-06-16', 'weekend', 318_00),
              ],
            },
          },
        },
        as_of: at.held,
      }),
    },
  }),
  example(getCatalog, {
    answers: {
      200: json({
        products: [
          {
            product_id: 106,
            name: 'Premium Plan',
            description: 'Ferry ticket, Monchhichi gift and playground tokens for one',
            entitlements: [
              { function_code: 'ferry', label: 'Ferry', quantity: 1 },
              { function_code: 'monchhichi_gift', label: 'Monchhichi gift', quantity: 1 },
              { function_code: 'playground_tokens', label: 'Playground tokens', quantity: 10 },
            ],
            prices: { name: 'Premium Plan', ...premiumPrices, from: money(188_00) },
            available_quantity: 1000,
          },
        ],
        as_of: at.held,
      }),
    },
  }),
  example(calculatePrice, {
    body: { product_id: 106, ...visit(family, 1) },
    answers: { 200: json(familyPrice) },
  }),
  example(getPriceRules, {
    params: { product_id: '106' },
    answers: { 200: json({ product_id: 106, ...premiumRules }) },
  }),
];
