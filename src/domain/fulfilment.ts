import type { Quote } from './pricing.ts';
import type { ReservationStatus } from './states.ts';

/** Outcome of a step that is either done or refused for good; whatever else fails is tried again. */
export type StepOutcome = { outcome: 'done' } | { outcome: 'refused'; reason: string };

/** What a reservation's run has to do, read in one snapshot. */
export type OpenWork = {
  status: ReservationStatus;
  expires_at: string;
  /** Orders that are paid and not yet fulfilled, oldest first, at most 25 at a time: a workflow task has 10 seconds. */
  paid_orders: string[];
  units: { held: number; sold: number; released: number };
};

/** Of an order that was fulfilled: what its run has to do next, as of the same transaction. */
export type Fulfilled = StepOutcome & { work?: OpenWork | undefined };

/** What a run tells when it ends: how many units it held, and what became of them. */
export type ReservationResult = { status: string; held: number; sold: number; released: number };

export type IssuableLine = { productId: number; units: number; quote: Quote };

/** Why an order's lines no longer add up to the order, if they do not. */
export function whyLinesDoNotAddUp(orderUnits: number, lines: IssuableLine[]): string | undefined {
  const inLines = lines.reduce((sum, line) => sum + line.units, 0);
  if (inLines !== orderUnits) return `The order is for ${orderUnits} units, its lines for ${inLines}.`;
  for (const { productId, units, quote } of lines) {
    const inBreakdown = quote.lines.reduce((sum, part) => sum + part.count, 0);
    if (inBreakdown !== units) {
      return `A line of product ${productId} is for ${units} units, its breakdown for ${inBreakdown}.`;
    }
  }
  return undefined;
}

export type Entitlement = { functionCode: string; label: string; total: number };

/** One ticket before it has a code: which unit it is, for whom, and what it admits to. */
export type PlannedTicket = {
  unitNumber: number;
  productId: number;
  customerType: string;
  visitDate: string;
  entitlements: Entitlement[];
};

/** What an add-on adds, per unit of the add-on. */
export type AddonEntitlements = Map<string, { functionCode: string; quantity: number }[]>;

/**
 * Plans the tickets of a line: one for each unit, numbered from `firstUnit` in the order of the breakdown,
 * each with the product's entitlements. Units of an add-on are dealt out to the line's tickets in turn.
 */
export function planTickets(
  line: IssuableLine & { visitDate: string },
  firstUnit: number,
  base: Entitlement[],
  addonEntitlements: AddonEntitlements,
): PlannedTicket[] {
  const customerTypes = line.quote.lines.flatMap((part) =>
    Array.from({ length: part.count }, () => part.customerType),
  );
  return customerTypes.map((customerType, index) => {
    const entitlements = base.map((entitlement) => ({ ...entitlement }));
    for (const addon of line.quote.addons) {
      const share = dealt(addon.quantity, line.units, index);
      for (const { functionCode, quantity } of addonEntitlements.get(addon.addonId) ?? []) {
        add(entitlements, functionCode, quantity * share);
      }
    }
    return {
      unitNumber: firstUnit + index,
      productId: line.productId,
      customerType,
      visitDate: line.visitDate,
      entitlements,
    };
  });
}

/** How many of `quantity` things, dealt one by one to `players`, the player at `index` gets. */
function dealt(quantity: number, players: number, index: number): number {
  return Math.floor(quantity / players) + (index < quantity % players ? 1 : 0);
}

function add(entitlements: Entitlement[], functionCode: string, quantity: number): void {
  if (quantity === 0) return;
  const known = entitlements.find((entitlement) => entitlement.functionCode === functionCode);
  if (known) known.total += quantity;
  else entitlements.push({ functionCode, label: functionCode, total: quantity });
}
