import {
  changeProduct,
  createProduct,
  getPrices,
  getProduct,
  listProducts,
  removeAddon,
  removeSpecialDate,
  setAddon,
  setFunction,
  setPrices,
  setSpecialDate,
} from '../admin-products.ts';
import { example, json, pageWith } from './example.ts';
import { premiumPrices, premiumRules } from './prices.ts';

const functions = [
  { function_code: 'ferry', label: 'Ferry', quantity: 1 },
  { function_code: 'light_show', label: 'Light show', quantity: 1 },
];
/** A product that the first season does not have, so that it can be added. */
const product = {
  product_id: 109,
  name: 'Evening Plan',
  description: 'Ferry ticket and light show for one',
  active: true,
  functions: functions.map((one) => ({ ...one, active: true })),
  price_list_id: 4,
};
const withMeal = {
  ...product,
  functions: [...product.functions, { function_code: 'meal', label: 'Meal', quantity: 1, active: true }],
};
const unitPrices = {
  adult: { weekday: 238_00, weekend: 268_00 },
  child: { weekday: 158_00, weekend: 158_00 },
  elderly: { weekday: 158_00, weekend: 158_00 },
};
const [, tokensB] = premiumPrices.addons;
const addon = {
  addon_id: 'photo',
  label: 'A photograph',
  unit_price: 80_00,
  entitlements: [{ function_code: 'photo', quantity: 1 }],
};
const special = { date: '2030-12-31', multiplier: 1.5 };
const prices = (priceListId: number, changed: object) => ({
  product_id: 109,
  ...premiumRules,
  unit_prices: unitPrices,
  addons: tokensB ? [tokensB] : [],
  special_dates: [],
  ...changed,
  price_list_id: priceListId,
});
const raised = { ...unitPrices, adult: { weekday: 248_00, weekend: 278_00 } };
const params = { product_id: '109' };

export const adminProductExamples = [
  example(listProducts, { query: { limit: 50 }, answers: { 200: pageWith(product) } }),
  example(createProduct, {
    body: {
      product_id: 109,
      name: product.name,
      description: product.description,
      functions,
      prices: { currency: 'HKD', unit_prices: unitPrices, addons: tokensB ? [tokensB] : [] },
      sellable_cap: 1_000,
      allocations: { ota: 600, direct: 400 },
    },
    location: '/api/admin/products/109',
    answers: { 201: json(product) },
    problems: {
      ALREADY_EXISTS: { detail: 'There is a product 109 already.' },
      ALLOCATIONS_EXCEED_CAP: {
        detail: 'Product 109 would have 1200 units allocated with a sellable cap of 1000.',
        facts: { product_id: 109, sellable_cap: 1_000, allocated: 1_200 },
      },
    },
  }),
  example(getProduct, { params, answers: { 200: json(product) } }),
  example(changeProduct, {
    params,
    body: { name: 'Night Plan' },
    answers: { 200: json({ ...withMeal, name: 'Night Plan' }) },
  }),
  example(setFunction, {
    params,
    body: { function_code: 'meal', label: 'Meal', quantity: 1 },
    answers: { 200: json(withMeal) },
  }),
  example(getPrices, { params, answers: { 200: json(prices(4, {})) } }),
  example(setPrices, {
    params,
    body: { unit_prices: { adult: raised.adult } },
    answers: { 200: json(prices(5, { unit_prices: raised })) },
  }),
  example(setSpecialDate, {
    params,
    body: special,
    answers: { 200: json(prices(6, { unit_prices: raised, special_dates: [special] })) },
  }),
  example(removeSpecialDate, {
    params: { ...params, date: special.date },
    answers: { 200: json(prices(7, { unit_prices: raised })) },
  }),
  example(setAddon, {
    params,
    body: addon,
    answers: {
      200: json(prices(8, { unit_prices: raised, addons: tokensB ? [tokensB, addon] : [addon] })),
    },
  }),
  example(removeAddon, {
    params: { ...params, addon_id: addon.addon_id },
    answers: { 200: json(prices(9, { unit_prices: raised })) },
  }),
];
