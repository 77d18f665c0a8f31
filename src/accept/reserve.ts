import { v7 as uuid } from 'uuid';
import { Product } from '../db/entities/catalogue.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { type HeldUnits, holding, type PoolSeen } from '../db/queries/hold-units.ts';
import { type FieldProblem, invalid, Refusal } from '../domain/errors.ts';
import type { HoldsTogether } from './holds-together.ts';
import { type OnceCommanded, onceAtFirst, onceCommanded } from './once.ts';

export type ReserveCommand = {
  productId: number;
  quantity: number;
  reservationExpiresAt: string | null;
  reference: string | null;
  /** By the caller's clock; the database caps the end by its own. */
  now: Date;
};

/** An agency's hold ends after a day unless it asks for less. */
const HOLD_SECONDS = 24 * 60 * 60;

/** Accepts a reservation: units held, row, ledger, audit, kept answer and workflow command, or nothing. */
export function reserve(
  em: EntityManager,
  holds: HoldsTogether,
  by: Accepting,
  command: ReserveCommand,
): Promise<OnceCommanded<HeldUnits>> {
  const accept = async () => {
    const { reservationExpiresAt, now } = command;
    const problems = reservationExpiresAt === null ? [] : endProblems(reservationExpiresAt, now);
    if (problems.length > 0) throw invalid([...problems, ...(await productProblems(em, command.productId))]);
    const asked = holding(by, {
      reservationId: uuid(),
      lines: [{ productId: command.productId, units: command.quantity }],
      reference: command.reference,
      expiresAt: reservationExpiresAt === null ? null : new Date(reservationExpiresAt).toISOString(),
      holdSeconds: HOLD_SECONDS,
    });
    const outcome = await holds.ask(em, asked);
    if ('seen' in outcome) throw whyNotHeld(by.channel, outcome.seen, ['product_id']);
    return { result: outcome.held, command: outcome.command };
  };
  return onceCommanded(em, by, accept, onceAtFirst);
}

/** What is wrong with an end that the caller chose: it lies from one minute to a day ahead. */
export function endProblems(end: string, now: Date): FieldProblem[] {
  const aheadSeconds = (Date.parse(end) - now.getTime()) / 1000;
  const path = ['reservation_expires_at'];
  return aheadSeconds < 60 || aheadSeconds > HOLD_SECONDS
    ? [{ path, message: 'must be from one minute to 24 hours ahead' }]
    : [];
}

async function productProblems(em: EntityManager, productId: number): Promise<FieldProblem[]> {
  const onSale = await em.fork().count(Product, { productId, active: true });
  return onSale > 0 ? [] : [notOnSale(productId, ['product_id'])];
}

export function notOnSale(productId: number, path: string[]): FieldProblem {
  return { path, message: `There is no product ${productId} on sale.` };
}

/** Says why a pool did not give the units: bad products all at once, else the first that has too little. */
export function whyNotHeld(channel: string, seen: PoolSeen[], path: string[]): Refusal {
  const unknown = seen.filter(({ onSale }) => !onSale);
  if (unknown.length > 0) return invalid(unknown.map(({ productId }) => notOnSale(productId, path)));
  const short = seen.find(({ available, units }) => available < units);
  // A repeat: what it is told is the answer that is looked for before any refusal is.
  if (!short) return new Refusal('UNAVAILABLE', 'The units were not held. Try again, with the same key.');
  const { productId, available, units } = short;
  return new Refusal(
    'ALLOTMENT_EXHAUSTED',
    `Product ${productId} has ${available} units available on channel ${channel}, ${units} were asked for.`,
    { facts: { product_id: productId, available } },
  );
}
