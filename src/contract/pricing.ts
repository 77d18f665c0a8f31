import { z } from 'zod';
import { operation } from './operation.ts';
import { customerType, date, money, pricingContext, productId, quantity } from './values.ts';

const dayType = z.enum(['weekday', 'weekend', 'special']).meta({
  description: 'A public holiday counts as weekend; a special date overrides both.',
});
const unitPrices = z
  .record(customerType, z.object({ weekday: z.int(), weekend: z.int() }))
  .meta({ description: 'Minor units, by customer type and day type.' });
const addon = z.object({
  addon_id: z.string(),
  label: z.string(),
  unit_price: z.int(),
  entitlements: z.array(z.object({ function_code: z.string(), quantity: z.int() })),
});
const specialDate = z.object({
  date,
  multiplier: z.number().meta({ description: 'Of the adult weekday price.' }),
});

export const priceRules = z
  .object({
    currency: z.string(),
    currency_precision: z.int(),
    unit_prices: unitPrices,
    addons: z.array(addon),
    special_dates: z.array(specialDate),
    public_holidays: z.array(date),
    calendar_from: date,
    calendar_to: date,
  })
  .meta({ id: 'PriceRules' });

export const pricingSnapshot = priceRules
  .omit({ public_holidays: true, calendar_from: true, calendar_to: true })
  .extend({ price_list_id: z.int() })
  .meta({ id: 'PricingSnapshot', description: 'The prices promised to the orders of this reservation.' });

export const productPrices = z.object({
  name: z.string(),
  unit_prices: unitPrices,
  addons: z.array(addon),
  special_dates: z.array(specialDate),
  calendar: z
    .array(z.object({ date, day_type: dayType, unit_prices: z.record(customerType, z.int()) }))
    .optional()
    .meta({ description: 'With date_range: each date with its prices.' }),
});

export const priceBreakdown = z
  .object({
    product_id: productId,
    quantity,
    visit_date: date,
    day_type: dayType,
    lines: z.array(
      z.object({ customer_type: customerType, count: quantity, unit_price: money, amount: money }),
    ),
    subtotal: money,
    addons: z.array(
      z.object({ addon_id: z.string(), label: z.string(), quantity, unit_price: money, amount: money }),
    ),
    addons_total: money,
    adjustments: z.array(z.object({ code: z.string(), label: z.string(), amount: money })),
    total: money,
  })
  .meta({ id: 'PriceBreakdown' });

export const calculatePrice = operation({
  id: 'calculatePrice',
  method: 'post',
  path: '/pricing/calculate',
  summary: 'Price a visit',
  tag: 'Catalogue and prices',
  caller: 'public',
  limit: 'address',
  body: pricingContext.extend({ product_id: productId }).meta({ id: 'PriceRequest' }),
  answers: { 200: { description: 'The price with its parts.', body: priceBreakdown } },
  refusals: ['NOT_FOUND'],
});

export const getPriceRules = operation({
  id: 'getPriceRules',
  method: 'get',
  path: '/pricing/rules/{product_id}',
  summary: "A product's price rules",
  tag: 'Catalogue and prices',
  caller: 'public',
  limit: 'address',
  params: z.object({ product_id: z.string() }),
  answers: {
    200: {
      description: 'Everything its prices depend on.',
      body: priceRules.extend({ product_id: productId }).meta({ id: 'ProductPriceRules' }),
    },
  },
  refusals: ['NOT_FOUND'],
});
