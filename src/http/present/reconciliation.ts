import type { LedgerLine } from '../../db/queries/reconcile.ts';
import type { StoredStatement } from '../../db/queries/statements.ts';
import { type Balance, type Summary, unitsIn } from '../../domain/reconciliation.ts';
import { moneyOf } from './prices.ts';

/** A partner's balance has no `allocated`: pools are the seller's. */
const presentBalance = ({ reserved, sold, allocated }: Balance, ofAll: boolean) => ({
  reserved,
  sold,
  ...(ofAll && { allocated }),
});

export function presentSummary({ accounts, payments }: Summary, ofAll: boolean) {
  return {
    products: accounts.map((account) => ({
      product_id: account.productId,
      channel: account.channel,
      opening: presentBalance(account.opening, ofAll),
      movements: account.movements.map(({ reason, entries, ...units }) => ({
        reason,
        entries,
        ...presentBalance(units, ofAll),
      })),
      closing: presentBalance(account.closing, ofAll),
      units: unitsIn(account.movements),
      money: account.values.map((value) => {
        const money = moneyOf(value);
        return { sold: money(value.sold), refunded: money(value.refunded) };
      }),
    })),
    payments: payments.map((cash) => {
      const money = moneyOf(cash);
      return { received: money(cash.received), refunded: money(cash.refunded) };
    }),
  };
}

export const presentLine = ({ allocated, ...line }: LedgerLine, ofAll: boolean) => ({
  ...line,
  recorded_at: new Date(line.recorded_at).toISOString(),
  ...(ofAll && { allocated }),
});

export const presentStatement = (statement: StoredStatement) => ({
  partner_id: statement.partner_id,
  business_date: statement.business_date,
  created_at: new Date(statement.created_at).toISOString(),
  ...presentSummary(statement.content, false),
});
