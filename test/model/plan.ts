import type { ProductId } from './state.ts';

/** What a ticket of each product admits to, as seeded. */
const entitlements: Record<ProductId, Record<string, number>> = {
  106: { ferry: 1, monchhichi_gift: 1, playground_tokens: 10 },
  107: { pet_ferry: 1, pet_playground: 1 },
};
/** `tokens-plan-a` gives as many tokens for each one that is bought. */
const TOKENS = 10;

/** What the tickets of a line admit to; bought tokens are dealt out to them in turn. */
export function plan(product: ProductId, units: number, tokenPlans: number): Record<string, number>[] {
  const tickets = Array.from({ length: units }, () => ({ ...entitlements[product] }));
  for (let dealt = 0; dealt < tokenPlans; dealt += 1) {
    const ticket = tickets[dealt % units];
    if (ticket) ticket.playground_tokens = (ticket.playground_tokens ?? 0) + TOKENS;
  }
  return tickets;
}
