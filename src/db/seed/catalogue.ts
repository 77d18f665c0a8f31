import { currencyPrecision } from '../../domain/money.ts';
import type { PricedAddon, PriceRules } from '../../domain/pricing.ts';
import type { ProductToAdd } from '../queries/add-product.ts';
import { hongKongPublicHolidays } from './public-holidays.ts';

/** The products of the first season. Prices are in cents. */
export function seasonCatalogue(): ProductToAdd[] {
  const { planA, planB, planC } = tokenPlans;
  // Half a second of astronomy: once for all products.
  const publicHolidays = hongKongPublicHolidays(2024, 2032).map((holiday) => holiday.date);
  return [
    {
      productId: 106,
      name: 'Premium Plan',
      description: 'Ferry ticket, Monchhichi gift and playground tokens for one',
      functions: [
        { functionCode: 'ferry', label: 'Ferry', quantity: 1 },
        { functionCode: 'monchhichi_gift', label: 'Monchhichi gift', quantity: 1 },
        { functionCode: 'playground_tokens', label: 'Playground tokens', quantity: 10 },
      ],
      priceRules: priceRules({ weekday: 288_00, weekend: 318_00 }, [planA, planB, planC], publicHolidays),
      sellableCap: 3000,
      allocations: { ota: 2000, direct: 1000 },
    },
    {
      productId: 107,
      name: 'Pet Plan',
      description: 'Ferry ticket and playground for a pet',
      functions: [
        { functionCode: 'pet_ferry', label: 'Pet ferry', quantity: 1 },
        { functionCode: 'pet_playground', label: 'Pet playground', quantity: 1 },
      ],
      priceRules: priceRules({ weekday: 188_00, weekend: 188_00 }, [planA], publicHolidays),
      sellableCap: 2500,
      allocations: { ota: 1500, direct: 1000 },
    },
    {
      productId: 108,
      name: 'Deluxe Tea Set for two',
      description: 'Tea set for two, with VIP ferry tickets, Monchhichi gifts and playground tokens',
      functions: [
        { functionCode: 'vip_ferry', label: 'VIP ferry', quantity: 2 },
        { functionCode: 'monchhichi_gift', label: 'Monchhichi gift', quantity: 2 },
        { functionCode: 'playground_tokens', label: 'Playground tokens', quantity: 20 },
        { functionCode: 'tea_set', label: 'Tea set', quantity: 1 },
      ],
      priceRules: priceRules({ weekday: 788_00, weekend: 888_00 }, [planA, planB, planC], publicHolidays),
      sellableCap: 2500,
      allocations: { ota: 1500, direct: 1000 },
    },
  ];
}

const tokenPlans = {
  planA: tokenPlan('tokens-plan-a', 'Token plan A', 100_00, 10),
  planB: tokenPlan('tokens-plan-b', 'Token plan B', 180_00, 20),
  planC: tokenPlan('tokens-plan-c', 'Token plan C', 400_00, 50),
};

function tokenPlan(addonId: string, name: string, unitPrice: number, tokens: number): PricedAddon {
  return {
    addonId,
    label: `${name}: ${tokens} playground tokens`,
    unitPrice,
    entitlements: [{ functionCode: 'playground_tokens', quantity: tokens }],
  };
}

function priceRules(
  adult: { weekday: number; weekend: number },
  addons: PricedAddon[],
  publicHolidays: string[],
): PriceRules {
  return {
    currency: 'HKD',
    currencyPrecision: currencyPrecision('HKD'),
    unitPrices: {
      adult,
      child: { weekday: 188_00, weekend: 188_00 },
      elderly: { weekday: 188_00, weekend: 188_00 },
    },
    specialDates: [
      { date: '2025-12-31', multiplierPermille: 1500 },
      { date: '2026-02-18', multiplierPermille: 1300 },
    ],
    addons,
    publicHolidays,
    calendarFrom: '2024-01-01',
    calendarTo: '2032-12-31',
  };
}
