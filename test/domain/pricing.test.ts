import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { seasonCatalogue } from '../../src/db/seed/catalogue.ts';
import {
  customerTypes,
  dayTypeOf,
  quote,
  unitPricesOn,
  type PriceRules,
  type Quote,
  type QuoteRequest,
} from '../../src/domain/pricing.ts';

const wednesday = '2026-03-11';
const saturday = '2026-03-14';
const sunday = '2026-03-15';
const holidayOnThursday = '2026-10-01';
const newYearsEve2025 = '2025-12-31';
const lunarNewYear2026 = '2026-02-18';

const catalogue = new Map(seasonCatalogue().map((product) => [product.productId, product.priceRules]));

function rulesOf(productId: number): PriceRules {
  const rules = catalogue.get(productId);
  if (rules === undefined) throw new Error(`No product ${productId} in the catalogue`);
  return rules;
}

function quoted(rules: PriceRules, request: QuoteRequest): Quote {
  const answer = quote(rules, request);
  if ('problems' in answer) throw new Error(JSON.stringify(answer.problems));
  return answer.quote;
}

function problemsOf(rules: PriceRules, request: QuoteRequest): Record<string, string> {
  const answer = quote(rules, request);
  if ('quote' in answer) return {};
  return Object.fromEntries(answer.problems.map(({ path, message }) => [path.join('.'), message]));
}

const oneAdult = [{ customerType: 'adult', count: 1 }];

describe('unitPricesOn', () => {
  it.each([
    [106, wednesday, 288_00],
    [106, saturday, 318_00],
    [106, sunday, 318_00],
    [106, holidayOnThursday, 318_00],
    [106, newYearsEve2025, 432_00],
    [106, lunarNewYear2026, 374_40],
    [107, wednesday, 188_00],
    [107, saturday, 188_00],
    [107, holidayOnThursday, 188_00],
    [107, newYearsEve2025, 282_00],
    [107, lunarNewYear2026, 244_40],
    [108, wednesday, 788_00],
    [108, saturday, 888_00],
    [108, sunday, 888_00],
    [108, holidayOnThursday, 888_00],
    [108, newYearsEve2025, 1182_00],
    [108, lunarNewYear2026, 1024_40],
  ])('prices %d on %s at %d for an adult, 188 for a child or an elderly visitor', (product, date, adult) => {
    expect(unitPricesOn(rulesOf(product), date)).toEqual({ adult, child: 188_00, elderly: 188_00 });
  });

  it('keeps the price of the day for a child on a special date that falls on a weekend', () => {
    const rules = {
      ...rulesOf(106),
      unitPrices: { ...rulesOf(106).unitPrices, child: { weekday: 100_00, weekend: 120_00 } },
      specialDates: [{ date: saturday, multiplierPermille: 2000 }],
    };
    expect(unitPricesOn(rules, saturday)).toEqual({ adult: 576_00, child: 120_00, elderly: 188_00 });
  });

  it('rounds a special price half up to the minor unit', () => {
    const rules = {
      ...rulesOf(106),
      unitPrices: { ...rulesOf(106).unitPrices, adult: { weekday: 333, weekend: 400 } },
      specialDates: [{ date: wednesday, multiplierPermille: 1500 }],
    };
    expect(unitPricesOn(rules, wednesday).adult).toBe(500);
  });
});

describe('dayTypeOf', () => {
  it.each([
    [wednesday, 'weekday'],
    ['2026-03-13', 'weekday'],
    [saturday, 'weekend'],
    [sunday, 'weekend'],
    [holidayOnThursday, 'weekend'],
    [newYearsEve2025, 'special'],
    [lunarNewYear2026, 'special'],
    ['2026-04-07', 'weekend'],
    ['2026-12-31', 'weekday'],
  ])('calls %s a %s', (date, dayType) => {
    expect(dayTypeOf(rulesOf(106), date)).toBe(dayType);
  });
});

describe('quote', () => {
  it('prices every customer type and add-on of a family on a weekend', () => {
    const family = {
      visitDate: saturday,
      breakdown: [
        { customerType: 'child', count: 3 },
        { customerType: 'adult', count: 2 },
        { customerType: 'elderly', count: 1 },
      ],
      addons: [
        { addonId: 'tokens-plan-c', quantity: 1 },
        { addonId: 'tokens-plan-a', quantity: 2 },
      ],
    };
    expect(quote(rulesOf(106), family)).toEqual({
      quote: {
        visitDate: saturday,
        dayType: 'weekend',
        units: 6,
        lines: [
          { customerType: 'adult', count: 2, unitPrice: 318_00, amount: 636_00 },
          { customerType: 'child', count: 3, unitPrice: 188_00, amount: 564_00 },
          { customerType: 'elderly', count: 1, unitPrice: 188_00, amount: 188_00 },
        ],
        addons: [
          {
            addonId: 'tokens-plan-a',
            label: 'Token plan A: 10 playground tokens',
            quantity: 2,
            unitPrice: 100_00,
            amount: 200_00,
          },
          {
            addonId: 'tokens-plan-c',
            label: 'Token plan C: 50 playground tokens',
            quantity: 1,
            unitPrice: 400_00,
            amount: 400_00,
          },
        ],
        subtotal: 1388_00,
        addonsTotal: 600_00,
        adjustments: [],
        total: 1988_00,
        currency: 'HKD',
        currencyPrecision: 2,
      },
    });
  });

  it('carries a special date in the unit price, without an adjustment', () => {
    const special = quoted(rulesOf(106), { visitDate: lunarNewYear2026, breakdown: oneAdult, addons: [] });
    expect(special).toMatchObject({ dayType: 'special', adjustments: [], total: 374_40 });
  });

  it.each(['tokens-plan-a', 'tokens-plan-b', 'tokens-plan-c'])(
    'charges the same for %s on a special date as on a weekday',
    (addonId) => {
      const addons = [{ addonId, quantity: 1 }];
      const [special, weekday] = [lunarNewYear2026, wednesday].map((visitDate) =>
        quoted(rulesOf(108), { visitDate, breakdown: oneAdult, addons }),
      );
      expect(special?.addonsTotal).toBe(weekday?.addonsTotal);
    },
  );

  it('accepts the first and the last date of the calendar', () => {
    const rules = rulesOf(106);
    for (const visitDate of [rules.calendarFrom, rules.calendarTo]) {
      expect(problemsOf(rules, { visitDate, breakdown: oneAdult, addons: [] })).toEqual({});
    }
  });

  it('accepts a million units', () => {
    const breakdown = [{ customerType: 'adult', count: 1_000_000 }];
    expect(quoted(rulesOf(106), { visitDate: wednesday, breakdown, addons: [] }).total).toBe(28_800_000_000);
  });

  it.each([
    ['2023-12-31', 'prices are published from 2024-01-01 to 2032-12-31'],
    ['2033-01-01', 'prices are published from 2024-01-01 to 2032-12-31'],
    ['2026-02-30', 'must be a date that exists, as YYYY-MM-DD'],
    ['', 'must be a date that exists, as YYYY-MM-DD'],
  ])('refuses the visit date "%s"', (visitDate, message) => {
    expect(problemsOf(rulesOf(106), { visitDate, breakdown: oneAdult, addons: [] })).toEqual({
      visit_date: message,
    });
  });

  it.each([0, -1, 1.5, 1_000_001, Number.NaN, Number.POSITIVE_INFINITY])('refuses a count of %d', (count) => {
    const breakdown = [{ customerType: 'adult', count }];
    expect(problemsOf(rulesOf(106), { visitDate: wednesday, breakdown, addons: [] })).toEqual({
      'customer_breakdown.0.count': 'must be an integer from 1 to 1000000',
    });
  });

  it.each([0, -1, 1.5, 1_000_001, Number.NaN])('refuses %d of an add-on', (quantity) => {
    const addons = [{ addonId: 'tokens-plan-a', quantity }];
    expect(problemsOf(rulesOf(106), { visitDate: wednesday, breakdown: oneAdult, addons })).toEqual({
      'addons.0.quantity': 'must be an integer from 1 to 1000000',
    });
  });

  it.each(['senior', 'Adult', '', '__proto__', 'constructor'])(
    'refuses the customer type "%s"',
    (customerType) => {
      const breakdown = [...oneAdult, { customerType, count: 1 }];
      expect(problemsOf(rulesOf(106), { visitDate: wednesday, breakdown, addons: [] })).toEqual({
        'customer_breakdown.1.customer_type': 'must be one of adult, child, elderly',
      });
    },
  );

  it('refuses an empty breakdown', () => {
    expect(problemsOf(rulesOf(106), { visitDate: wednesday, breakdown: [], addons: [] })).toEqual({
      customer_breakdown: 'must name at least one customer type',
    });
  });

  it('refuses a customer type or an add-on that is named twice', () => {
    const breakdown = [...oneAdult, ...oneAdult];
    const addon = { addonId: 'tokens-plan-a', quantity: 1 };
    expect(problemsOf(rulesOf(106), { visitDate: wednesday, breakdown, addons: [addon, addon] })).toEqual({
      'customer_breakdown.1.customer_type': 'adult is already counted above',
      'addons.1.addon_id': 'tokens-plan-a is already chosen above',
    });
  });

  it('refuses more than a million units over all customer types', () => {
    const breakdown = [
      { customerType: 'adult', count: 600_000 },
      { customerType: 'child', count: 400_001 },
    ];
    expect(problemsOf(rulesOf(106), { visitDate: wednesday, breakdown, addons: [] })).toEqual({
      customer_breakdown: 'counts 1000001 units; at most 1000000 are allowed',
    });
  });

  it("names the product's add-ons where another product's is asked for", () => {
    const addons = [{ addonId: 'tokens-plan-b', quantity: 1 }];
    expect(problemsOf(rulesOf(107), { visitDate: wednesday, breakdown: oneAdult, addons })).toEqual({
      'addons.0.addon_id': 'must be one of tokens-plan-a',
    });
  });

  it('says so where the product has no add-ons', () => {
    const rules = { ...rulesOf(106), addons: [] };
    const addons = [{ addonId: 'tokens-plan-a', quantity: 1 }];
    expect(problemsOf(rules, { visitDate: wednesday, breakdown: oneAdult, addons })).toEqual({
      'addons.0.addon_id': 'this product is sold without add-ons',
    });
  });

  it('refuses a total beyond the safe integers', () => {
    const rules = {
      ...rulesOf(106),
      unitPrices: { ...rulesOf(106).unitPrices, adult: { weekday: 9_100_000_000, weekend: 0 } },
    };
    const breakdown = [{ customerType: 'adult', count: 1_000_000 }];
    expect(problemsOf(rules, { visitDate: wednesday, breakdown, addons: [] })).toEqual({
      '': 'the total is too large',
    });
  });

  it('reports every problem at once', () => {
    const everythingWrong = {
      visitDate: '2026-02-30',
      breakdown: [
        { customerType: 'senior', count: 0 },
        { customerType: 'adult', count: 1 },
        { customerType: 'adult', count: 2.5 },
      ],
      addons: [{ addonId: 'tokens-plan-z', quantity: -1 }],
    };
    expect(Object.keys(problemsOf(rulesOf(106), everythingWrong))).toEqual([
      'visit_date',
      'customer_breakdown.0.customer_type',
      'customer_breakdown.0.count',
      'customer_breakdown.2.customer_type',
      'customer_breakdown.2.count',
      'addons.0.addon_id',
      'addons.0.quantity',
    ]);
  });
});

describe('quote, for any product, date and party', () => {
  const products = fc.constantFrom(106, 107, 108).map(rulesOf);
  const visitDates = fc
    .date({ min: new Date('2024-01-01'), max: new Date('2032-12-31'), noInvalidDate: true })
    .map((moment) => moment.toISOString().slice(0, 10));
  const specialOrAny = fc.oneof(visitDates, fc.constantFrom(newYearsEve2025, lunarNewYear2026));

  function requestsFor(rules: PriceRules, maxQuantity: number): fc.Arbitrary<QuoteRequest> {
    const quantities = fc.integer({ min: 1, max: maxQuantity });
    const addonIds = rules.addons.map((addon) => addon.addonId);
    return fc.record({
      visitDate: specialOrAny,
      breakdown: fc.uniqueArray(
        fc.record({ customerType: fc.constantFrom(...customerTypes), count: quantities }),
        { minLength: 1, selector: (entry) => entry.customerType },
      ),
      addons: fc.uniqueArray(fc.record({ addonId: fc.constantFrom(...addonIds), quantity: quantities }), {
        selector: (entry) => entry.addonId,
      }),
    });
  }

  function productAndRequest(maxQuantity = 300_000): fc.Arbitrary<[PriceRules, QuoteRequest]> {
    return products.chain((rules) => fc.tuple(fc.constant(rules), requestsFor(rules, maxQuantity)));
  }

  it('adds up', () => {
    fc.assert(
      fc.property(productAndRequest(), ([rules, request]) => {
        const { lines, addons, subtotal, addonsTotal, total, units } = quoted(rules, request);
        const amounts = [...lines, ...addons].map((line) => line.amount);
        expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(total);
        expect(subtotal + addonsTotal).toBe(total);
        expect(lines.reduce((sum, line) => sum + line.count, 0)).toBe(units);
        for (const line of lines) expect(line.amount).toBe(line.count * line.unitPrice);
        for (const addon of addons) expect(addon.amount).toBe(addon.quantity * addon.unitPrice);
      }),
    );
  });

  it('holds non-negative safe integers only', () => {
    fc.assert(
      fc.property(productAndRequest(), ([rules, request]) => {
        const { lines, addons, subtotal, addonsTotal, total } = quoted(rules, request);
        const parts = [...lines, ...addons].flatMap((line) => [line.unitPrice, line.amount]);
        for (const amount of [subtotal, addonsTotal, total, ...parts]) {
          expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true);
        }
      }),
    );
  });

  it('is the same in whatever order the lines come', () => {
    const shuffled = productAndRequest().chain(([rules, request]) => {
      const whole = { minLength: request.breakdown.length, maxLength: request.breakdown.length };
      const wholeAddons = { minLength: request.addons.length, maxLength: request.addons.length };
      return fc.tuple(
        fc.constant(rules),
        fc.constant(request),
        fc.shuffledSubarray(request.breakdown, whole),
        fc.shuffledSubarray(request.addons, wholeAddons),
      );
    });
    fc.assert(
      fc.property(shuffled, ([rules, request, breakdown, addons]) => {
        expect(quoted(rules, { ...request, breakdown, addons })).toEqual(quoted(rules, request));
      }),
    );
  });

  it('costs the same when a customer type is ordered in two parts', () => {
    const oneTypeInTwoParts = fc.tuple(
      products,
      specialOrAny,
      fc.constantFrom(...customerTypes),
      fc.integer({ min: 1, max: 500_000 }),
      fc.integer({ min: 1, max: 500_000 }),
    );
    fc.assert(
      fc.property(oneTypeInTwoParts, ([rules, visitDate, customerType, first, second]) => {
        const totalOf = (count: number): number =>
          quoted(rules, { visitDate, breakdown: [{ customerType, count }], addons: [] }).total;
        expect(totalOf(first) + totalOf(second)).toBe(totalOf(first + second));
      }),
    );
  });

  it('costs the same when each line and add-on is an order of its own', () => {
    fc.assert(
      fc.property(productAndRequest(), ([rules, request]) => {
        const { visitDate, breakdown, addons } = request;
        const lineTotals = breakdown.map(
          (entry) => quoted(rules, { visitDate, breakdown: [entry], addons: [] }).total,
        );
        const addonTotals = addons.map(
          (entry) => quoted(rules, { visitDate, breakdown, addons: [entry] }).addonsTotal,
        );
        const apart = [...lineTotals, ...addonTotals].reduce((sum, amount) => sum + amount, 0);
        expect(apart).toBe(quoted(rules, request).total);
      }),
    );
  });

  it('answers with a quote or with problems, whatever is asked', () => {
    const anything = fc.record({
      visitDate: fc.oneof(fc.string(), specialOrAny),
      breakdown: fc.array(
        fc.record({
          customerType: fc.oneof(fc.string(), fc.constantFrom(...customerTypes)),
          count: fc.oneof(fc.double(), fc.integer()),
        }),
      ),
      addons: fc.array(
        fc.record({
          addonId: fc.oneof(fc.string(), fc.constantFrom('tokens-plan-a', 'tokens-plan-c')),
          quantity: fc.oneof(fc.double(), fc.integer()),
        }),
      ),
    });
    fc.assert(
      fc.property(products, anything, (rules, request) => {
        const answer = quote(rules, request);
        if ('problems' in answer) expect(answer.problems).not.toHaveLength(0);
        else expect(Number.isSafeInteger(answer.quote.total)).toBe(true);
      }),
    );
  });
});
