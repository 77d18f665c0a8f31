/** Units as the ledger counts them. `allocated` moves with pools, not with a partner's sales. */
export type Balance = { allocated: number; reserved: number; sold: number };

/** Movements of one reason added up; a null reason is everything before the period. */
export type LedgerSum = Balance & {
  productId: number;
  channel: string;
  reason: string | null;
  entries: number;
};

/** What the units that were sold, and those taken back from their buyers, were sold for. */
export type SalesValue = {
  productId: number;
  channel: string;
  currency: string;
  currencyPrecision: number;
  sold: number;
  refunded: number;
};

/** Money that came in and that is to go back, whatever it bought. */
export type Cash = { currency: string; currencyPrecision: number; received: number; refunded: number };

export type Movement = Balance & { reason: string; entries: number };
export type Account = {
  productId: number;
  channel: string;
  opening: Balance;
  movements: Movement[];
  closing: Balance;
  values: SalesValue[];
};

/** A period's accounts: opening and movements add up to closing, for each product and channel. */
export type Summary = { accounts: Account[]; payments: Cash[] };

/** In the order in which a unit goes through them; a reason that is not listed comes last. */
const ORDER = ['allocated', 'held', 'taken_again', 'sold', 'released', 'expired', 'compensated', 'cancelled'];

/** Adds up the accounts of a period from sums of the ledger. */
export function accountsFrom(sums: LedgerSum[], values: SalesValue[]): Account[] {
  const accounts = new Map<string, Account>();
  for (const { productId, channel, reason, entries, ...sum } of sums) {
    const key = `${productId}/${channel}`;
    const account = accounts.get(key) ?? {
      productId,
      channel,
      opening: nothing(),
      movements: [],
      closing: nothing(),
      values: values.filter((value) => value.productId === productId && value.channel === channel),
    };
    accounts.set(key, account);
    if (reason === null) account.opening = plus(account.opening, sum);
    else account.movements.push({ reason, entries, ...sum });
    account.closing = plus(account.closing, sum);
  }
  for (const account of accounts.values()) {
    account.movements.sort((a, b) => rank(a.reason) - rank(b.reason) || (a.reason < b.reason ? -1 : 1));
  }
  return [...accounts.values()].sort((a, b) => a.productId - b.productId || (a.channel < b.channel ? -1 : 1));
}

/** What happened to units in the period, in the words of a partner. */
export function unitsIn(movements: Movement[]) {
  const of = (...reasons: string[]) =>
    movements.filter(({ reason }) => reasons.includes(reason)).reduce(plus, nothing());
  const undone = of('cancelled', 'compensated');
  return {
    reserved: of('held', 'taken_again').reserved,
    sold: of('sold').sold,
    released: negated(of('released').reserved),
    expired: negated(of('expired').reserved),
    refunded: negated(undone.reserved + undone.sold),
  };
}

const nothing = (): Balance => ({ allocated: 0, reserved: 0, sold: 0 });

export function plus(a: Balance, b: Balance): Balance {
  return {
    allocated: a.allocated + b.allocated,
    reserved: a.reserved + b.reserved,
    sold: a.sold + b.sold,
  };
}

/** Without a negative zero, which is not equal to zero everywhere. */
const negated = (units: number) => (units === 0 ? 0 : -units);

function rank(reason: string): number {
  const index = ORDER.indexOf(reason);
  return index === -1 ? ORDER.length : index;
}
