import { v7 as uuid } from 'uuid';
import { Product } from '../db/entities/catalogue.ts';
import { violates } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { holding, holdUnits } from '../db/queries/hold-units.ts';
import { type PlacedOrder, placeOrder } from '../db/queries/place-order.ts';
import { findPriceRules } from '../db/queries/price-rules.ts';
import { type FieldProblem, invalid, Refusal } from '../domain/errors.ts';
import type { Quote, QuoteRequest } from '../domain/pricing.ts';
import { type OnceCommanded, onceCommanded } from './once.ts';
import { priceForSale, referenceTaken } from './place-order.ts';
import { notOnSale, whyNotHeld } from './reserve.ts';

export type DirectOrderCommand = {
  items: (QuoteRequest & { productId: number; quantity: number })[];
  customer: { name: string; email: string; phone?: string | undefined };
  outTradeNo: string;
  today: string;
};

/** A guest at the web shop has a quarter of an hour to pay. */
const HOLD_SECONDS = 15 * 60;

/**
 * Accepts an order of the own shop: hold and order over all its products, all or nothing, in one
 * transaction. `out_trade_no` is its idempotency key.
 */
export function placeDirectOrder(
  em: EntityManager,
  by: Accepting,
  command: DirectOrderCommand,
): Promise<OnceCommanded<PlacedOrder>> {
  return onceCommanded(em, by, async () => {
    const lines = await priceItems(em, command);
    const units = unitsByProduct(command);
    try {
      return await em.fork().transactional(async (tx) => {
        const hold = await holdUnits(
          tx,
          holding(
            { ...by, answerKeys: [] },
            {
              reservationId: uuid(),
              lines: units,
              reference: command.outTradeNo,
              expiresAt: null,
              holdSeconds: HOLD_SECONDS,
            },
          ),
        );
        if ('seen' in hold) throw whyNotHeld(by.channel, hold.seen, ['items']);
        const order = await placeOrder(tx, by, {
          orderId: uuid(),
          reservationId: hold.held.reservation_id,
          reference: command.outTradeNo,
          customer: command.customer,
          lines,
        });
        // Its first was committed meanwhile: the answer is looked for before any refusal is told.
        if (!order)
          throw new Refusal('UNAVAILABLE', 'The order was not placed. Try again, with the same key.');
        return { result: order, command: hold.command };
      });
    } catch (error) {
      if (violates(error, 'orders_one_for_a_reference')) throw referenceTaken(command.outTradeNo);
      throw error;
    }
  });
}

/** Prices every item, or refuses with the problems of all of them. */
async function priceItems(
  em: EntityManager,
  { items, today }: DirectOrderCommand,
): Promise<{ productId: number; quote: Quote }[]> {
  const products = await em
    .fork()
    .find(Product, { productId: { $in: items.map((item) => item.productId) }, active: true });
  const problems: FieldProblem[] = [];
  const lines: { productId: number; quote: Quote }[] = [];
  for (const [index, item] of items.entries()) {
    const path = ['items', String(index)];
    const listId = products.find((product) => product.productId === item.productId)?.priceList?.priceListId;
    if (listId === undefined) {
      problems.push(notOnSale(item.productId, [...path, 'product_id']));
      continue;
    }
    const priced = priceForSale(await findPriceRules(em, listId), item, today, [...path, 'pricing_context']);
    if ('problems' in priced) {
      problems.push(...priced.problems);
    } else if (priced.quote.units !== item.quantity) {
      problems.push({
        path: [...path, 'qty'],
        message: `is ${item.quantity}, but customer_breakdown adds up to ${priced.quote.units}`,
      });
    } else {
      lines.push({ productId: item.productId, quote: priced.quote });
    }
  }
  const currencies = new Set(lines.map((line) => line.quote.currency));
  if (currencies.size > 1) {
    problems.push({ path: ['items'], message: `mixes currencies: ${[...currencies].join(', ')}` });
  }
  if (problems.length > 0) throw invalid(problems);
  return lines;
}

function unitsByProduct(command: DirectOrderCommand): { productId: number; units: number }[] {
  const units = new Map<number, number>();
  for (const item of command.items) {
    units.set(item.productId, (units.get(item.productId) ?? 0) + item.quantity);
  }
  return [...units].map(([productId, total]) => ({ productId, units: total }));
}
