import { validate as isUuid } from 'uuid';
import type { EntityManager } from '../db/open.ts';
import { ProductInventory, Product } from '../db/entities/catalogue.ts';
import { ApiKey, Partner } from '../db/entities/partner.ts';
import { findPriceRules } from '../db/queries/price-rules.ts';
import { partnerId as partnerIdSchema } from '../contract/values.ts';
import { notFound } from '../domain/errors.ts';
import {
  presentInventory,
  presentKey,
  presentPartner,
  presentPrices,
  presentProduct,
} from './present/operators.ts';

/** Ids from an address that cannot be any are not looked for: PostgreSQL would trip over some. */
export function knownUuid(what: string, text: string): string {
  if (!isUuid(text)) throw notFound(what, text);
  return text;
}

export function knownPartnerId(text: string): string {
  if (!partnerIdSchema.safeParse(text).success) throw notFound('partner', text);
  return text;
}

export function knownProductId(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw notFound('product', text);
  return Number(text);
}

export async function readPartner(em: EntityManager, partnerId: string) {
  const partner = await em.fork().findOne(Partner, { partnerId });
  if (!partner) throw notFound('partner', partnerId);
  return presentPartner(partner);
}

export async function readKey(em: EntityManager, keyId: string, now: Date) {
  const key = await em.fork().findOne(ApiKey, { keyId });
  if (!key) throw notFound('key', keyId);
  return presentKey(key, now);
}

export async function readProduct(em: EntityManager, productId: number) {
  const product = await em.fork().findOne(Product, { productId }, { populate: ['functions'] });
  if (!product) throw notFound('product', String(productId));
  return presentProduct(product);
}

export async function readPrices(em: EntityManager, productId: number) {
  const product = await em.fork().findOne(Product, { productId });
  const priceListId = product?.priceList?.priceListId;
  if (priceListId === undefined) throw notFound('product', String(productId));
  return presentPrices(productId, priceListId, await findPriceRules(em, priceListId));
}

export async function readInventory(em: EntityManager, productId: number) {
  const inventory = await em
    .fork()
    .findOne(ProductInventory, { product: productId }, { populate: ['product'] });
  if (!inventory) throw notFound('product', String(productId));
  return presentInventory(inventory);
}
