import type { Operation } from '../operation.ts';
import { adminChannelExamples } from './admin-channels.ts';
import { adminPartnerExamples } from './admin-partners.ts';
import { adminProductExamples } from './admin-products.ts';
import { adminReservationExamples } from './admin-reservations.ts';
import { adminVenueExamples } from './admin-venues.ts';
import { caseExamples } from './cases.ts';
import { dashboardExamples } from './dashboard.ts';
import type { Example } from './example.ts';
import { gateExamples } from './gate.ts';
import { operatorSessionExamples } from './operator-session.ts';
import { orderExamples } from './orders.ts';
import { pricingExamples } from './pricing.ts';
import { reconciliationExamples } from './reconciliation.ts';
import { reservationExamples } from './reservations.ts';
import { serviceExamples } from './service.ts';
import { ticketExamples } from './tickets.ts';
import { webhookExamples } from './webhooks.ts';

/** One for each operation, in no order. */
export const examples: Example[] = [
  ...pricingExamples,
  ...reservationExamples,
  ...orderExamples,
  ...reconciliationExamples,
  ...ticketExamples,
  ...gateExamples,
  ...webhookExamples,
  ...operatorSessionExamples,
  ...dashboardExamples,
  ...caseExamples,
  ...adminPartnerExamples,
  ...adminProductExamples,
  ...adminChannelExamples,
  ...adminReservationExamples,
  ...adminVenueExamples,
  ...serviceExamples,
];

/** The example of an operation; without one there is no document. */
export function exampleOf(operation: Operation): Example {
  const found = examples.find((one) => one.operation.id === operation.id);
  if (!found) throw new Error(`operation ${operation.id} has no example`);
  return found;
}
