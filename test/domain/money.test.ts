import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { currencyPrecision, moneyText, timesPermille } from '../../src/domain/money.ts';

describe('currencyPrecision', () => {
  it.each([
    ['HKD', 2],
    ['JPY', 0],
    ['KWD', 3],
  ])('knows the minor unit of %s', (currency, precision) => {
    expect(currencyPrecision(currency)).toBe(precision);
  });

  it.each(['HKS', 'hkd', 'HK', ''])('refuses "%s", which is no currency code', (currency) => {
    expect(() => currencyPrecision(currency)).toThrow('is not an ISO 4217 currency code');
  });
});

describe('moneyText', () => {
  it.each([
    [30_000, 'HKD', 'HKD 300.00'],
    [5, 'HKD', 'HKD 0.05'],
    [1_200, 'JPY', 'JPY 1200'],
    [1_234, 'KWD', 'KWD 1.234'],
  ])('writes %d of %s as %s', (amount, currency, text) => {
    expect(moneyText(amount, currency)).toBe(text);
  });
});

describe('timesPermille', () => {
  it.each([
    [288_00, 1300, 374_40],
    [1, 499, 0],
    [1, 500, 1],
    [1, 1499, 1],
    [1, 1500, 2],
    [333, 1005, 335],
    [0, 1500, 0],
    [9_007_199_254_740_500, 1, 9_007_199_254_741],
  ])('rounds %d × %d‰ half up to %d', (amount, permille, product) => {
    expect(timesPermille(amount, permille)).toBe(product);
  });

  it('agrees with exact arithmetic for every product it accepts', () => {
    fc.assert(
      fc.property(fc.nat(9_000_000_000), fc.nat(1_000_000), (amount, permille) => {
        const exact = (BigInt(amount) * BigInt(permille) + 500n) / 1000n;
        expect(BigInt(timesPermille(amount, permille))).toBe(exact);
      }),
    );
  });

  it.each([
    [-1, 1000],
    [1, -1000],
    [0.5, 1000],
    [1, Number.NaN],
    [Number.MAX_SAFE_INTEGER, 2],
  ])('refuses %d × %d‰, which it cannot compute exactly', (amount, permille) => {
    expect(() => timesPermille(amount, permille)).toThrow(RangeError);
  });
});
