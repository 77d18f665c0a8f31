import { v7 as uuid } from 'uuid';
import type { EntityManager } from '../src/db/open.ts';
import { compensateOrder } from '../src/db/queries/compensate-order.ts';
import { findOrderOfPayment } from '../src/db/queries/find-order-of-payment.ts';
import { fulfilOrder as storeFulfilled, readLinesToIssue } from '../src/db/queries/fulfil-order.ts';
import { type LockedOrder, lockOrder } from '../src/db/queries/lock-order.ts';
import { readOpenWork } from '../src/db/queries/open-work.ts';
import { findPriceRules } from '../src/db/queries/price-rules.ts';
import { refundLatePayment, retakeUnits } from '../src/db/queries/retake-units.ts';
import {
  type AddonEntitlements,
  type Fulfilled,
  type PlannedTicket,
  planTickets,
  type StepOutcome,
  whyLinesDoNotAddUp,
} from '../src/domain/fulfilment.ts';
import type { PriceRules } from '../src/domain/pricing.ts';

/** Makes a ticket's unguessable code and the signed text of its QR. */
export type TicketSigner = () => { ticketCode: string; qrToken: string };

/** Is told how long after its payment an order got its tickets. */
export type IssueNote = (secondsAfterPayment: number) => void;

const done: StepOutcome = { outcome: 'done' };
const refused = (reason: string): StepOutcome => ({ outcome: 'refused', reason });
const wasCompensated = refused('The order was compensated before.');

/**
 * The activities around a paid order, each one transaction that locks the reservation first and finds by
 * the order's state whether it ran before. `compensateOrder` undoes `fulfilOrder`.
 */
export function createOrderActivities(
  fork: () => EntityManager,
  signTicket: TicketSigner,
  noteIssued: IssueNote,
) {
  const fulfilOrder = async (orderId: string): Promise<Fulfilled> => {
    let secondsAfterPayment: number | undefined;
    const fulfilled = await fork().transactional(async (em): Promise<Fulfilled> => {
      const order = await lockOrder(em, orderId);
      if (order?.status === 'refund_due') return wasCompensated;
      if (order?.status !== 'paid') return done;
      const plan = await planOrder(em, order);
      if ('refused' in plan) return refused(plan.refused);
      const tickets = plan.tickets.map((ticket) => ({ ...ticket, ...signTicket() }));
      secondsAfterPayment = await storeFulfilled(em, order, tickets);
      return { ...done, work: await readOpenWork(em, order.reservation_id) };
    });
    // After the commit: before it, nothing is issued.
    if (secondsAfterPayment !== undefined) noteIssued(secondsAfterPayment);
    return fulfilled;
  };

  return {
    /**
     * Sells a paid order's units and issues its tickets, both or neither, once; tells what its run has left to do.
     * Refused where its lines do not add up, or a product admits to nothing.
     */
    fulfilOrder,
    // Two steps of a former release. Runs that were between them at the upgrade end well; drop both with the
    // branch of `workflows/fulfil-order.ts` that asks for them.
    confirmOrder: (_orderId: string): Promise<StepOutcome> => Promise.resolve(done),
    issueTickets: fulfilOrder,

    /** Voids what was issued, gives the units back and records the refund. */
    compensateOrder(orderId: string, reason: string): Promise<void> {
      return fork().transactional(async (em) => {
        const order = await lockOrder(em, orderId);
        if (order?.status === 'paid') await compensateOrder(em, orderId, uuid(), reason);
      });
    },

    /** Takes the units of an expired order again for late money, or records its refund; returns the order to fulfil. */
    takeUnitsAgain(paymentId: string): Promise<string | undefined> {
      return fork().transactional(async (em) => {
        const orderId = await findOrderOfPayment(em, paymentId);
        const order = orderId === undefined ? undefined : await lockOrder(em, orderId);
        const payment = order?.known.find((known) => known.paymentId === paymentId);
        if (!order || payment?.verdict !== 'accepted') return undefined;
        if (order.status === 'paid' || order.status === 'fulfilled') return order.order_id;
        if (order.status !== 'expired') return undefined;
        if (await retakeUnits(em, order.order_id, paymentId)) return order.order_id;
        await refundLatePayment(
          em,
          paymentId,
          uuid(),
          'The hold had ended and its units are no longer available.',
        );
        return undefined;
      });
    },
  };
}

async function planOrder(
  em: EntityManager,
  order: LockedOrder,
): Promise<{ tickets: PlannedTicket[] } | { refused: string }> {
  const lines = await readLinesToIssue(em, order.order_id);
  const problem = whyLinesDoNotAddUp(order.units, lines);
  if (problem) return { refused: problem };

  const tickets: PlannedTicket[] = [];
  for (const line of lines) {
    const { entitlements, productId, priceListId } = line;
    if (entitlements.length === 0) return { refused: `Product ${productId} has no active entitlement.` };
    const addons = addonEntitlements(await findPriceRules(em, priceListId));
    tickets.push(...planTickets(line, tickets.length + 1, entitlements, addons));
  }
  return { tickets };
}

function addonEntitlements(rules: PriceRules): AddonEntitlements {
  return new Map(rules.addons.map((addon) => [addon.addonId, addon.entitlements]));
}
