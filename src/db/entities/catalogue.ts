import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { ChannelAllocations } from '../../domain/allotment.ts';
import type { PriceRules } from '../../domain/pricing.ts';

/** What is sold. Its current prices are the price list it points to. */
export const Product = defineEntity({
  name: 'Product',
  tableName: 'products',
  properties: {
    productId: p.integer().primary().autoincrement(false),
    name: p.text(),
    description: p.text().default(''),
    active: p.boolean().default(true),
    priceList: () => p.manyToOne(PriceList).joinColumn('price_list_id').nullable(),
    functions: () => p.oneToMany(ProductFunction).mappedBy('product').orderBy({ position: 'asc' }),
    inventory: () => p.oneToOne(ProductInventory).mappedBy('product'),
  },
});
export type Product = InferEntity<typeof Product>;

/** A published price list: never edited, so a hold can keep its number as a promise. */
export const PriceList = defineEntity({
  name: 'PriceList',
  tableName: 'price_lists',
  properties: {
    priceListId: p.integer().primary(),
    productId: p.integer(),
    rules: p.json<PriceRules>(),
    publishedAt: p.datetime().defaultRaw('clock_timestamp()'),
  },
});

/** One entitlement that each unit of a product carries. */
export const ProductFunction = defineEntity({
  name: 'ProductFunction',
  tableName: 'product_functions',
  properties: {
    product: () => p.manyToOne(Product).joinColumn('product_id').primary(),
    functionCode: p.text().primary(),
    label: p.text(),
    quantity: p.integer(),
    active: p.boolean().default(true),
    position: p.integer(),
  },
});

/** The stock of a product, by channel. Read here; changed only by the guarded statements in queries/. */
export const ProductInventory = defineEntity({
  name: 'ProductInventory',
  tableName: 'product_inventory',
  properties: {
    product: () => p.oneToOne(Product).joinColumn('product_id').primary(),
    sellableCap: p.integer(),
    channelAllocations: p.json<ChannelAllocations>(),
  },
});
export type ProductInventory = InferEntity<typeof ProductInventory>;
