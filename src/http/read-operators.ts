import { validate as isUuid } from 'uuid';
import type { EntityManager } from '../db/open.ts';
import { ProductInventory, Product } from '../db/entities/catalogue.ts';
import { CutOffRule, Venue } from '../db/entities/operator.ts';
import { ApiKey, Partner } from '../db/entities/partner.ts';
import { Payment, Refund, Reservation } from '../db/entities/sale.ts';
import { findPriceRules } from '../db/queries/price-rules.ts';
import { partnerId as partnerIdSchema, venueCode as venueCodeSchema } from '../contract/values.ts';
import { notFound } from '../domain/errors.ts';
import { presentPayment, presentRefund } from './present/cases.ts';
import { presentHold } from './present/sales.ts';
import {
  presentCutOffRule,
  presentInventory,
  presentKey,
  presentPartner,
  presentPrices,
  presentProduct,
  presentVenue,
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

/** Read from the database, also where this transaction has changed it since it was read. */
const fresh = { disableIdentityMap: true } as const;

export async function readPartner(em: EntityManager, partnerId: string) {
  const partner = await em.findOne(Partner, { partnerId }, fresh);
  if (!partner) throw notFound('partner', partnerId);
  return presentPartner(partner);
}

export async function readKey(em: EntityManager, keyId: string, now: Date) {
  const key = await em.findOne(ApiKey, { keyId }, fresh);
  if (!key) throw notFound('key', keyId);
  return presentKey(key, now);
}

export async function readProduct(em: EntityManager, productId: number) {
  const product = await em.findOne(Product, { productId }, { populate: ['functions'], ...fresh });
  if (!product) throw notFound('product', String(productId));
  return presentProduct(product);
}

export async function readPrices(em: EntityManager, productId: number) {
  const product = await em.findOne(Product, { productId }, fresh);
  const priceListId = product?.priceList?.priceListId;
  if (priceListId === undefined) throw notFound('product', String(productId));
  return presentPrices(productId, priceListId, await findPriceRules(em, priceListId));
}

export async function readInventory(em: EntityManager, productId: number) {
  const inventory = await em.findOne(
    ProductInventory,
    { product: productId },
    { populate: ['product'], ...fresh },
  );
  if (!inventory) throw notFound('product', String(productId));
  return presentInventory(inventory);
}

export async function readCutOffRule(em: EntityManager, ruleId: string) {
  const rule = await em.findOne(CutOffRule, { ruleId }, fresh);
  if (!rule) throw notFound('cut-off rule', ruleId);
  return presentCutOffRule(rule);
}

export async function readVenue(em: EntityManager, venueCode: string) {
  const isCode = venueCodeSchema.safeParse(venueCode).success;
  const venue = isCode ? await em.findOne(Venue, { venueCode }, fresh) : null;
  if (!venue) throw notFound('venue', venueCode);
  return presentVenue(venue);
}

export async function readPayment(em: EntityManager, paymentId: string) {
  const payment = await em.findOne(Payment, { paymentId }, { populate: ['order'], ...fresh });
  if (!payment) throw notFound('payment', paymentId);
  return presentPayment(payment);
}

export async function readRefund(em: EntityManager, refundId: string) {
  const refund = await em.findOne(Refund, { refundId }, { populate: ['order'], ...fresh });
  if (!refund) throw notFound('refund', refundId);
  return presentRefund(refund);
}

export async function readHold(em: EntityManager, reservationId: string) {
  const hold = await em.findOne(Reservation, { reservationId }, { populate: ['lines'], ...fresh });
  if (!hold) throw notFound('reservation', reservationId);
  return presentHold(hold);
}
