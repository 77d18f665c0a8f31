import { z } from 'zod';
import { afterNumber } from './cursors.ts';
import { operation } from './operation.ts';
import { priceRules } from './pricing.ts';
import { channel, date, functionCode, line, page, pageOf, productId, units } from './values.ts';

/** Minor units. A price beyond this is a slip of the keyboard in every currency. */
const price = z.int().min(0).max(1_000_000_000);
const dayPrices = z.strictObject({ weekday: price, weekend: price });
const addonId = line(64).meta({ examples: ['tokens-plan-a'] });
/** With at most three decimals, as prices are computed in thousandths. */
const multiplier = z
  .number()
  .min(0.001)
  .max(100)
  .refine((value) => Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-6, {
    error: 'must have at most three decimals',
  })
  .meta({ description: 'Of the adult weekday price.', examples: [1.5] });
const specialDate = z.strictObject({ date, multiplier });
const addon = z.strictObject({
  addon_id: addonId,
  label: line(200),
  unit_price: price,
  entitlements: z
    .array(z.strictObject({ function_code: functionCode, quantity: z.int().min(1).max(10_000) }))
    .min(1)
    .max(20),
});
const calendar = {
  public_holidays: z.array(date).max(2_000).optional(),
  calendar_from: date.optional(),
  calendar_to: date.optional(),
};
const entitlement = z.strictObject({
  function_code: functionCode,
  label: line(200),
  quantity: z.int().min(1).max(10_000),
});

const product = z
  .object({
    product_id: productId,
    name: z.string(),
    description: z.string(),
    active: z.boolean().meta({ description: 'Whether it is on sale.' }),
    functions: z.array(
      z.object({ function_code: z.string(), label: z.string(), quantity: z.int(), active: z.boolean() }),
    ),
    price_list_id: z.int().nullable(),
  })
  .meta({ id: 'Product' });
const prices = priceRules
  .extend({ product_id: productId, price_list_id: z.int() })
  .meta({ id: 'PublishedPrices' });

const ofOperators = {
  tag: 'Operators: products and prices',
  caller: 'admin',
  limit: 'gate',
  session: 'operator',
} as const;
const params = z.object({ product_id: z.string() });

export const listProducts = operation({
  ...ofOperators,
  id: 'listProducts',
  method: 'get',
  path: '/api/admin/products',
  summary: 'Products by their ids, those not on sale too',
  query: z.strictObject(page(afterNumber, 50, 500)),
  answers: { 200: { description: 'A page of products.', body: pageOf('ProductPage', product) } },
  refusals: [],
});

export const createProduct = operation({
  ...ofOperators,
  id: 'createProduct',
  method: 'post',
  path: '/api/admin/products',
  summary: 'Put a product on sale, with entitlements, prices and pools',
  idempotent: true,
  body: z
    .strictObject({
      product_id: productId.max(999_999_999),
      name: line(200),
      description: line(2_000).optional(),
      functions: z
        .array(entitlement)
        .min(1)
        .max(50)
        .refine((list) => new Set(list.map((one) => one.function_code)).size === list.length, {
          error: 'names a function twice',
        }),
      prices: z.strictObject({
        currency: z
          .string()
          .refine((code) => Intl.supportedValuesOf('currency').includes(code), {
            error: 'must be an ISO 4217 currency code',
          })
          .optional()
          .meta({ description: 'HKD when absent.' }),
        unit_prices: z.strictObject({ adult: dayPrices, child: dayPrices, elderly: dayPrices }),
        special_dates: z.array(specialDate).max(1_000).optional(),
        addons: z.array(addon).max(50).optional(),
        ...calendar,
      }),
      sellable_cap: units,
      allocations: z.record(channel, units).optional().meta({ description: 'Units by channel.' }),
    })
    .meta({ id: 'NewProduct' }),
  answers: { 201: { description: 'On sale.', body: product, headers: ['Location', 'Idempotent-Replayed'] } },
  refusals: ['ALREADY_EXISTS', 'ALLOCATIONS_EXCEED_CAP'],
});

export const getProduct = operation({
  ...ofOperators,
  id: 'getProduct',
  method: 'get',
  path: '/api/admin/products/{product_id}',
  summary: 'A product',
  params,
  answers: { 200: { description: 'The product.', body: product } },
  refusals: ['NOT_FOUND'],
});

export const changeProduct = operation({
  ...ofOperators,
  id: 'changeProduct',
  method: 'post',
  path: '/api/admin/products/{product_id}',
  summary: 'Rename a product, or take it on or off sale; what is absent stays',
  idempotent: true,
  params,
  body: z
    .strictObject({
      name: line(200).optional(),
      description: line(2_000).optional(),
      active: z.boolean().optional(),
    })
    .meta({ id: 'ProductChange' }),
  answers: { 200: { description: 'Changed.', body: product, headers: ['Idempotent-Replayed'] } },
  refusals: ['NOT_FOUND', 'ENTITLEMENT_NEEDED'],
});

export const setFunction = operation({
  ...ofOperators,
  id: 'setFunction',
  method: 'post',
  path: '/api/admin/products/{product_id}/functions',
  summary: 'Add an entitlement, or change one; tickets that are issued keep theirs',
  idempotent: true,
  params,
  body: entitlement.extend({ active: z.boolean().optional() }).meta({ id: 'FunctionChange' }),
  answers: { 200: { description: 'The product with it.', body: product, headers: ['Idempotent-Replayed'] } },
  refusals: ['NOT_FOUND', 'ENTITLEMENT_NEEDED'],
});

export const getPrices = operation({
  ...ofOperators,
  id: 'getPrices',
  method: 'get',
  path: '/api/admin/products/{product_id}/prices',
  summary: 'The prices that new holds are promised',
  params,
  answers: { 200: { description: 'The published prices.', body: prices } },
  refusals: ['NOT_FOUND'],
});

export const setPrices = operation({
  ...ofOperators,
  id: 'setPrices',
  method: 'post',
  path: '/api/admin/products/{product_id}/prices',
  summary: 'Publish new prices; what is absent stays, and holds keep what they were promised',
  idempotent: true,
  params,
  body: z
    .strictObject({
      unit_prices: z
        .strictObject({
          adult: dayPrices.optional(),
          child: dayPrices.optional(),
          elderly: dayPrices.optional(),
        })
        .optional(),
      ...calendar,
    })
    .meta({ id: 'PriceChange' }),
  answers: {
    200: { description: 'The prices from now on.', body: prices, headers: ['Idempotent-Replayed'] },
  },
  refusals: ['NOT_FOUND'],
});

export const setSpecialDate = operation({
  ...ofOperators,
  id: 'setSpecialDate',
  method: 'post',
  path: '/api/admin/products/{product_id}/special-dates',
  summary: 'Make a date special, or change its multiplier',
  idempotent: true,
  params,
  body: specialDate.meta({ id: 'SpecialDate' }),
  answers: {
    200: { description: 'The prices from now on.', body: prices, headers: ['Idempotent-Replayed'] },
  },
  refusals: ['NOT_FOUND'],
});

export const removeSpecialDate = operation({
  ...ofOperators,
  id: 'removeSpecialDate',
  method: 'delete',
  path: '/api/admin/products/{product_id}/special-dates/{date}',
  summary: 'Make a date an ordinary one again',
  params: params.extend({ date: z.string() }),
  answers: { 200: { description: 'The prices from now on.', body: prices } },
  refusals: ['NOT_FOUND'],
});

export const setAddon = operation({
  ...ofOperators,
  id: 'setAddon',
  method: 'post',
  path: '/api/admin/products/{product_id}/add-ons',
  summary: 'Offer an add-on, or change one',
  idempotent: true,
  params,
  body: addon.meta({ id: 'Addon' }),
  answers: {
    200: { description: 'The prices from now on.', body: prices, headers: ['Idempotent-Replayed'] },
  },
  refusals: ['NOT_FOUND'],
});

export const removeAddon = operation({
  ...ofOperators,
  id: 'removeAddon',
  method: 'delete',
  path: '/api/admin/products/{product_id}/add-ons/{addon_id}',
  summary: 'Offer an add-on no more',
  params: params.extend({ addon_id: z.string() }),
  answers: { 200: { description: 'The prices from now on.', body: prices } },
  refusals: ['NOT_FOUND'],
});
