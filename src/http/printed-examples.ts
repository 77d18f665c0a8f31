import { at, ids, references } from '../contract/examples/story.ts';
import { orderTickets } from '../contract/examples/tickets.ts';
import type { PrintedTicket } from '../tickets/printed-page.ts';
import type { Printing } from '../tickets/ticket-printer.ts';

/** The tickets of the examples, as they are printed. */
export const printedExamples: PrintedTicket[] = orderTickets.map((ticket, index) => ({
  ticketCode: ticket.ticket_code,
  qrToken: ticket.qr_code,
  productName: 'Premium Plan',
  customerType: ticket.customer_type,
  visitDate: ticket.visit_date,
  entitlements: ticket.entitlements,
  orderId: ids.order,
  reference: references.order,
  number: index + 1,
  of: orderTickets.length,
  isTest: false,
}));

export const examplePrinting: Printing = { language: 'zh-Hant', issuedAt: new Date(at.fulfilled) };
