/** How many decimal digits the currency's minor unit has: HKD 2, JPY 0. */
export function currencyPrecision(currency: string): number {
  // Intl answers 2 for any three letters, so a misspelt code would pass unnoticed.
  if (!Intl.supportedValuesOf('currency').includes(currency)) {
    throw new RangeError(`${currency} is not an ISO 4217 currency code`);
  }
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 0;
}

/** "HKD 300.00", for sentences that people read. */
export function moneyText(amount: number, currency: string): string {
  const precision = currencyPrecision(currency);
  return `${currency} ${(amount / 10 ** precision).toFixed(precision)}`;
}

/** `amount` × `permille` / 1000, rounded half up to the minor unit; both are non-negative integers. */
export function timesPermille(amount: number, permille: number): number {
  const product = amount * permille;
  const exact = [amount, permille, product].every((factor) => Number.isSafeInteger(factor) && factor >= 0);
  if (!exact) {
    throw new RangeError(`${amount} × ${permille}‰ is not a product of non-negative safe integers`);
  }
  // Dividing only whole thousands keeps floating point out of the rounding.
  const rest = product % 1000;
  return (product - rest) / 1000 + (rest >= 500 ? 1 : 0);
}
