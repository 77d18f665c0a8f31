import type { z } from 'zod';
import type { KeyScope } from '../db/entities/partner.ts';
import type { NewKey } from '../accept/manage-keys.ts';
import type { NewPartner } from '../accept/manage-partners.ts';
import type { PriceEdit } from '../accept/publish-prices.ts';
import type * as partners from '../contract/admin-partners.ts';
import type * as products from '../contract/admin-products.ts';
import type { ProductToAdd } from '../db/queries/add-product.ts';
import { hongKongPublicHolidays } from '../db/seed/public-holidays.ts';
import { currencyPrecision } from '../domain/money.ts';
import type { PricedAddon } from '../domain/pricing.ts';

type Body<O extends { body?: z.ZodType | undefined }> = z.output<NonNullable<O['body']>>;

/** Operators' requests from the wire's names to ours: what the API and the command line have in common. */
export const toNewPartner = (body: Body<typeof partners.createPartner>): NewPartner => ({
  partnerId: body.partner_id,
  name: body.name,
  channel: body.channel ?? null,
  perMinute: body.per_minute ?? null,
});

export function toNewKey(body: Body<typeof partners.createKey>): NewKey {
  const { venue_code, partner_id } = body.scope ?? {};
  const scope: KeyScope = {
    ...(venue_code !== undefined && { venue_code }),
    ...(partner_id !== undefined && { partner_id }),
  };
  return {
    permissions: body.permissions,
    label: body.label ?? null,
    scope,
    perMinute: body.per_minute ?? null,
    expiresAt: body.expires_at === undefined ? null : new Date(body.expires_at),
  };
}

/** A product whose calendar is not given gets Hong Kong's public holidays. */
export function toNewProduct(body: Body<typeof products.createProduct>): ProductToAdd {
  const { prices } = body;
  const currency = prices.currency ?? 'HKD';
  return {
    productId: body.product_id,
    name: body.name,
    description: body.description ?? '',
    functions: body.functions.map(({ function_code, label, quantity }) => ({
      functionCode: function_code,
      label,
      quantity,
    })),
    priceRules: {
      currency,
      currencyPrecision: currencyPrecision(currency),
      unitPrices: prices.unit_prices,
      specialDates: (prices.special_dates ?? [])
        .map(({ date, multiplier }) => ({ date, multiplierPermille: toPermille(multiplier) }))
        .toSorted((a, b) => (a.date < b.date ? -1 : 1)),
      addons: (prices.addons ?? []).map(toAddon),
      publicHolidays:
        prices.public_holidays?.toSorted() ?? hongKongPublicHolidays(2024, 2032).map(({ date }) => date),
      calendarFrom: prices.calendar_from ?? '2024-01-01',
      calendarTo: prices.calendar_to ?? '2032-12-31',
    },
    sellableCap: body.sellable_cap,
    allocations: body.allocations ?? {},
  };
}

export const toPriceChange = (body: Body<typeof products.setPrices>): PriceEdit => ({
  edit: 'set_prices',
  change: {
    unitPrices: body.unit_prices,
    publicHolidays: body.public_holidays,
    calendarFrom: body.calendar_from,
    calendarTo: body.calendar_to,
  },
});

export const toSpecialDate = (body: Body<typeof products.setSpecialDate>): PriceEdit => ({
  edit: 'set_special_date',
  date: body.date,
  multiplierPermille: toPermille(body.multiplier),
});

export const toAddon = (body: Body<typeof products.setAddon>): PricedAddon => ({
  addonId: body.addon_id,
  label: body.label,
  unitPrice: body.unit_price,
  entitlements: body.entitlements.map(({ function_code, quantity }) => ({
    functionCode: function_code,
    quantity,
  })),
});

const toPermille = (multiplier: number): number => Math.round(multiplier * 1000);
