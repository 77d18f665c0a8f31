import { z } from 'zod';
import { operation } from './operation.ts';
import { productPrices } from './pricing.ts';
import { customerType, money, productId } from './values.ts';

export const getInventory = operation({
  id: 'getInventory',
  method: 'get',
  path: '/api/ota/inventory',
  summary: 'What your channel can still reserve, and at which prices',
  tag: 'Agencies',
  caller: 'inventory:read',
  limit: 'partner',
  query: z.strictObject({
    product_ids: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .meta({ description: 'A comma list, or repeated; all products when absent.', examples: ['106,107'] }),
    date_range: z
      .string()
      .optional()
      .meta({ description: 'First and last date, at most 366 days.', examples: ['2026-12-01/2026-12-31'] }),
  }),
  answers: {
    200: {
      description: 'Available units by product id, and prices.',
      body: z
        .object({
          available_quantities: z.record(z.string(), z.int()),
          pricing_context: z.object({
            currency: z.string(),
            currency_precision: z.int(),
            customer_types: z.array(customerType),
            products: z.record(z.string(), productPrices),
          }),
          as_of: z.iso.datetime(),
        })
        .meta({ id: 'Inventory' }),
    },
  },
  refusals: [],
});

export const getCatalog = operation({
  id: 'getCatalog',
  method: 'get',
  path: '/catalog',
  summary: 'What the own shop sells',
  tag: 'Catalogue and prices',
  caller: 'public',
  limit: 'address',
  answers: {
    200: {
      description: 'Active products with entitlements, prices and availability on the direct channel.',
      body: z
        .object({
          products: z.array(
            z.object({
              product_id: productId,
              name: z.string(),
              description: z.string(),
              entitlements: z.array(
                z.object({ function_code: z.string(), label: z.string(), quantity: z.int() }),
              ),
              prices: productPrices.extend({ from: money }),
              available_quantity: z.int(),
            }),
          ),
          as_of: z.iso.datetime(),
        })
        .meta({ id: 'Catalog' }),
    },
  },
  refusals: [],
});
