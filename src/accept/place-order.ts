import { v7 as uuid } from 'uuid';
import { Order } from '../db/entities/sale.ts';
import { violates } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { findPriceRules } from '../db/queries/price-rules.ts';
import { type PlacedOrder, placeOrder as insertOrder } from '../db/queries/place-order.ts';
import { type OpenHold, readHold } from '../db/queries/read-hold.ts';
import { type FieldProblem, invalid, notFound, Refusal } from '../domain/errors.ts';
import { type PriceRules, type Quote, type QuoteRequest, quote } from '../domain/pricing.ts';
import { type Once, onceAtFirst } from './once.ts';

export type OrderCommand = QuoteRequest & {
  reservationId: string;
  customer: { name: string; email: string; phone?: string | undefined };
  reference: string | null;
  /** The business day of the request: nobody visits earlier. */
  today: string;
};

/**
 * Accepts an order from a hold, at the prices that the hold was promised. The run need not know: the
 * order waits in the database until it is paid.
 */
export function placeOrder(
  em: EntityManager,
  by: Accepting,
  command: OrderCommand,
): Promise<Once<PlacedOrder>> {
  return onceAtFirst(em, by, async () => {
    const { lines } = await findHold(em, by, command.reservationId);
    const line = lines[0];
    if (!line) throw notFound('reservation', command.reservationId);
    const rules = await findPriceRules(em, line.price_list_id);
    const priced = priceForSale(rules, command, command.today, ['pricing_context']);
    if ('problems' in priced) throw invalid(priced.problems);
    try {
      const placed = await insertOrder(em, by, {
        orderId: uuid(),
        reservationId: command.reservationId,
        reference: command.reference,
        customer: command.customer,
        lines: [{ productId: line.product_id, quote: priced.quote }],
      });
      if (placed) return placed;
    } catch (error) {
      if (violates(error, 'orders_one_for_a_reference')) throw referenceTaken(command.reference);
      throw error;
    }
    throw await whyNotPlaced(em, by, command, priced.quote.units);
  });
}

/** A quote for a visit that is still to come, or every problem of it below `path`. */
export function priceForSale(
  rules: PriceRules,
  request: QuoteRequest,
  today: string,
  path: string[],
): { quote: Quote } | { problems: FieldProblem[] } {
  const priced = quote(rules, request);
  const problems = 'problems' in priced ? priced.problems : [];
  if (request.visitDate < today) problems.push(visitIsOver(today, ['visit_date']));
  return 'quote' in priced && problems.length === 0
    ? priced
    : { problems: problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })) };
}

export function visitIsOver(today: string, path: string[]): FieldProblem {
  return { path, message: `is over; the earliest date is today, ${today}` };
}

export function referenceTaken(reference: string | null): Refusal {
  return new Refusal('REFERENCE_TAKEN', `You have an order with the reference ${reference} already.`);
}

async function findHold(em: EntityManager, by: Accepting, reservationId: string): Promise<OpenHold> {
  const hold = await readHold(em, by.partnerId, reservationId);
  if (!hold) throw notFound('reservation', reservationId);
  return hold;
}

async function whyNotPlaced(
  em: EntityManager,
  by: Accepting,
  { reservationId, reference }: OrderCommand,
  units: number,
): Promise<Refusal> {
  const ofReference = { partnerId: by.partnerId, reference };
  if (reference !== null && (await em.fork().count(Order, ofReference)) > 0) return referenceTaken(reference);
  const { status, expires_at: end, lines } = await findHold(em, by, reservationId);
  if (status !== 'held') return notHeld(reservationId, status);
  const available = lines.reduce((sum, line) => sum + line.available, 0);
  if (available < units) {
    return new Refusal(
      'RESERVATION_EXHAUSTED',
      `Reservation ${reservationId} has ${available} units left to order, ${units} were asked for.`,
      { facts: { available } },
    );
  }
  return new Refusal(
    'RESERVATION_NOT_HELD',
    `Reservation ${reservationId} ended at ${new Date(end).toISOString()}.`,
    { facts: { reservation_status: status } },
  );
}

export function notHeld(reservationId: string, status: string): Refusal {
  return new Refusal(
    'RESERVATION_NOT_HELD',
    `Reservation ${reservationId} is ${status}; only a held reservation can be changed. Make a new one.`,
    { facts: { reservation_status: status } },
  );
}
