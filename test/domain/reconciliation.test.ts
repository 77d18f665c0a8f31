import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { accountsFrom, type LedgerSum, plus, unitsIn } from '../../src/domain/reconciliation.ts';

const sum = (
  reason: string | null,
  reserved: number,
  sold: number,
  more: Partial<LedgerSum> = {},
): LedgerSum => ({
  productId: 106,
  channel: 'ota',
  reason,
  entries: 1,
  allocated: 0,
  reserved,
  sold,
  ...more,
});

describe('accountsFrom', () => {
  it('has nothing to tell of nothing', () => {
    expect(accountsFrom([], [])).toEqual([]);
  });

  it('opens with what came before, and closes with all of it', () => {
    const [account] = accountsFrom([sum('sold', -2, 2), sum(null, 5, 1), sum('held', 4, 0)], []);
    expect(account).toMatchObject({
      opening: { reserved: 5, sold: 1 },
      movements: [{ reason: 'held' }, { reason: 'sold' }],
      closing: { reserved: 7, sold: 3 },
    });
  });

  it('keeps products and channels apart, in order, each with its own values', () => {
    const value = { currency: 'HKD', currencyPrecision: 2, sold: 100, refunded: 0 };
    const accounts = accountsFrom(
      [sum('held', 1, 0, { productId: 107 }), sum('held', 2, 0, { channel: 'direct' }), sum('held', 3, 0)],
      [{ ...value, productId: 106, channel: 'ota' }],
    );
    expect(accounts.map(({ productId, channel, values }) => [productId, channel, values.length])).toEqual([
      [106, 'direct', 0],
      [106, 'ota', 1],
      [107, 'ota', 0],
    ]);
  });

  it('adds up, whatever moved', () => {
    const reasons = fc.constantFrom(null, 'held', 'sold', 'released', 'expired', 'cancelled', 'new_reason');
    const sums = fc.array(
      fc
        .tuple(reasons, fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 }))
        .map(([reason, reserved, sold]) => sum(reason, reserved, sold)),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(sums, (rows) => {
        const [account] = accountsFrom(rows, []);
        expect(account?.movements.reduce(plus, account.opening)).toEqual(account?.closing);
        expect(account?.closing.sold).toBe(rows.reduce((total, row) => total + row.sold, 0));
      }),
    );
  });
});

describe('unitsIn', () => {
  it('says in words what happened to units', () => {
    const movements = [
      sum('held', 10, 0),
      sum('taken_again', 2, 0),
      sum('sold', -6, 6),
      sum('released', -3, 0),
      sum('expired', -1, 0),
      sum('cancelled', 0, -2),
      sum('compensated', -1, 0),
    ].map((row) => ({ ...row, reason: row.reason ?? '' }));
    expect(unitsIn(movements)).toEqual({ reserved: 12, sold: 6, released: 3, expired: 1, refunded: 3 });
    expect(unitsIn([])).toEqual({ reserved: 0, sold: 0, released: 0, expired: 0, refunded: 0 });
  });
});
