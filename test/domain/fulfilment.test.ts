import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type IssuableLine, planTickets, whyLinesDoNotAddUp } from '../../src/domain/fulfilment.ts';
import { customerTypes, type Quote } from '../../src/domain/pricing.ts';

const quoteOf = (counts: number[], addons: Record<string, number> = {}): Quote => ({
  visitDate: '2030-06-15',
  dayType: 'weekend',
  units: counts.reduce((sum, count) => sum + count, 0),
  lines: counts.flatMap((count, index) => {
    const customerType = customerTypes[index];
    return customerType && count > 0 ? [{ customerType, count, unitPrice: 0, amount: 0 }] : [];
  }),
  addons: Object.entries(addons).map(([addonId, quantity]) => ({
    addonId,
    label: addonId,
    quantity,
    unitPrice: 0,
    amount: 0,
  })),
  subtotal: 0,
  addonsTotal: 0,
  adjustments: [],
  total: 0,
  currency: 'HKD',
  currencyPrecision: 2,
});
const lineOf = (productId: number, counts: number[], addons?: Record<string, number>) => {
  const quote = quoteOf(counts, addons);
  return { productId, units: quote.units, quote, visitDate: quote.visitDate };
};

describe('whyLinesDoNotAddUp', () => {
  const line: IssuableLine = lineOf(106, [2, 1]);

  it('finds nothing where everything adds up', () => {
    expect(whyLinesDoNotAddUp(3, [line])).toBeUndefined();
    expect(whyLinesDoNotAddUp(5, [line, lineOf(107, [0, 2])])).toBeUndefined();
  });

  it.each<[string, number, IssuableLine[], RegExp]>([
    ['an order for more than its lines', 4, [line], /order is for 4 units, its lines for 3/],
    ['an order for fewer', 2, [line], /order is for 2 units, its lines for 3/],
    ['an order without lines', 1, [], /its lines for 0/],
    [
      'a line for more than its breakdown',
      4,
      [{ ...line, units: 4 }],
      /product 106 is for 4 units, its breakdown for 3/,
    ],
    ['a second line that is wrong', 5, [line, { ...lineOf(107, [1]), units: 2 }], /product 107/],
  ])('tells %s', (_what, units, lines, why) => {
    expect(whyLinesDoNotAddUp(units, lines)).toMatch(why);
  });
});

describe('planTickets', () => {
  const base = [
    { functionCode: 'ferry', label: 'Ferry', total: 1 },
    { functionCode: 'playground_tokens', label: 'Playground tokens', total: 10 },
  ];
  const addons = new Map([
    ['plan-a', [{ functionCode: 'playground_tokens', quantity: 10 }]],
    ['picnic', [{ functionCode: 'picnic_basket', quantity: 1 }]],
  ]);
  const totals = (line: ReturnType<typeof lineOf>, functionCode: string) =>
    planTickets(line, 1, base, addons).map(
      ({ entitlements }) => entitlements.find((one) => one.functionCode === functionCode)?.total ?? 0,
    );

  it('plans one ticket for each unit, numbered on, in the order of the breakdown', () => {
    const tickets = planTickets(lineOf(106, [1, 2, 1]), 5, base, addons);
    expect(tickets.map(({ unitNumber, customerType }) => [unitNumber, customerType])).toEqual([
      [5, 'adult'],
      [6, 'child'],
      [7, 'child'],
      [8, 'elderly'],
    ]);
    for (const ticket of tickets) {
      expect(ticket).toMatchObject({ productId: 106, visitDate: '2030-06-15', entitlements: base });
    }
  });

  it.each<[string, number[], number, number[]]>([
    ['none', [3], 0, [10, 10, 10]],
    ['one for three', [3], 1, [20, 10, 10]],
    ['one each', [3], 3, [20, 20, 20]],
    ['five for three', [3], 5, [30, 30, 20]],
    ['four for one', [1], 4, [50]],
  ])('deals units of an add-on out in turn: %s', (_what, counts, quantity, expected) => {
    const line = lineOf(106, counts, quantity > 0 ? { 'plan-a': quantity } : {});
    expect(totals(line, 'playground_tokens')).toEqual(expected);
  });

  it('adds a function that the product has not, only to the tickets that get it', () => {
    expect(totals(lineOf(106, [3], { picnic: 2 }), 'picnic_basket')).toEqual([1, 1, 0]);
    const [, , third] = planTickets(lineOf(106, [3], { picnic: 2 }), 1, base, addons);
    expect(third?.entitlements).toEqual(base);
  });

  it('gives each ticket entitlements of its own', () => {
    const [first, second] = planTickets(lineOf(106, [2]), 1, base, addons);
    expect(first?.entitlements).not.toBe(second?.entitlements);
    expect(first?.entitlements[0]).not.toBe(base[0]);
  });

  it('loses no unit and no part of an add-on, whatever is ordered', () => {
    const count = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(
        fc.tuple(count, count, count).filter((counts) => counts.some((one) => one > 0)),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 1_000 }),
        (counts, tokens, picnics, firstUnit) => {
          const line = lineOf(106, counts, { 'plan-a': tokens, picnic: picnics });
          const tickets = planTickets(line, firstUnit, base, addons);
          expect(tickets).toHaveLength(line.units);
          expect(tickets.map(({ unitNumber }) => unitNumber)).toEqual(
            Array.from({ length: line.units }, (_, index) => firstUnit + index),
          );
          const all = tickets.flatMap(({ entitlements }) => entitlements);
          const sumOf = (functionCode: string) =>
            all.reduce((sum, one) => sum + (one.functionCode === functionCode ? one.total : 0), 0);
          expect(sumOf('playground_tokens')).toBe(10 * line.units + 10 * tokens);
          expect(sumOf('picnic_basket')).toBe(picnics);
          expect(sumOf('ferry')).toBe(line.units);
          expect(all.every(({ total }) => total > 0)).toBe(true);
          const dealt = totals(line, 'playground_tokens');
          expect(Math.max(...dealt) - Math.min(...dealt)).toBeLessThanOrEqual(10);
        },
      ),
    );
  });
});
