import type { Loaded } from '@mikro-orm/core';
import type { Product, ProductInventory } from '../../db/entities/catalogue.ts';
import type { CutOffRule, Venue } from '../../db/entities/operator.ts';
import type { ApiKey, Partner } from '../../db/entities/partner.ts';
import { availableIn, type ChannelAllocations } from '../../domain/allotment.ts';
import type { PriceRules } from '../../domain/pricing.ts';
import { presentRules } from './prices.ts';

export const presentPartner = (partner: Partner) => ({
  partner_id: partner.partnerId,
  name: partner.name,
  channel: partner.channel,
  status: partner.status,
  per_minute: partner.rateLimits.per_minute ?? null,
  created_at: partner.createdAt.toISOString(),
});

export function presentKey(key: ApiKey, now: Date) {
  const isOver = key.expiresAt && key.expiresAt <= now;
  return {
    key_id: key.keyId,
    partner_id: key.partner.partnerId,
    label: key.label ?? null,
    prefix: key.prefix,
    permissions: [...key.permissions],
    scope: key.scope,
    per_minute: key.rateLimits.per_minute ?? null,
    status: key.revokedAt ? ('revoked' as const) : isOver ? ('expired' as const) : ('live' as const),
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    replaced_by: key.replacedBy ?? null,
  };
}

export const presentProduct = (product: Loaded<Product, 'functions'>) => ({
  product_id: product.productId,
  name: product.name,
  description: product.description,
  active: product.active,
  functions: product.functions.getItems().map(({ functionCode, label, quantity, active }) => ({
    function_code: functionCode,
    label,
    quantity,
    active,
  })),
  price_list_id: product.priceList?.priceListId ?? null,
});

export const presentPrices = (productId: number, priceListId: number, rules: PriceRules) => ({
  ...presentRules(productId, rules),
  price_list_id: priceListId,
});

export function presentInventory(inventory: Loaded<ProductInventory, 'product'>) {
  const { product, sellableCap, channelAllocations } = inventory;
  const channels = Object.keys(channelAllocations)
    .toSorted()
    .map((channel) => presentPool(channelAllocations, channel));
  return {
    product_id: product.productId,
    name: product.name,
    sellable_cap: sellableCap,
    unallocated: channels.reduce((left, { allocated }) => left - allocated, sellableCap),
    channels,
  };
}

export function presentPool(allocations: ChannelAllocations, channel: string) {
  const { allocated, reserved, sold } = allocations[channel] ?? { allocated: 0, reserved: 0, sold: 0 };
  return { channel, allocated, reserved, sold, free: availableIn(allocations, channel) };
}

export const presentCutOffRule = (rule: CutOffRule) => ({
  rule_id: rule.ruleId,
  product_id: rule.productId,
  channel: rule.channel,
  cut_off_date: rule.cutOffDate,
  days_before: rule.daysBefore,
  keep: rule.keep,
  created_at: rule.createdAt.toISOString(),
  applied_at: rule.appliedAt?.toISOString() ?? null,
  moved_units: rule.movedUnits ?? null,
});

export const presentVenue = (venue: Venue) => ({
  venue_code: venue.venueCode,
  name: venue.name,
  created_at: venue.createdAt.toISOString(),
});
