import type { Order } from '../../db/entities/sale.ts';
import type { Ticket } from '../../db/entities/ticket.ts';
import type { PrintedTicket } from '../../tickets/printed-page.ts';

/** What is printed of a ticket: nothing of the customer, and what it had when it was issued, not what remains. */
export function presentPrinted(ticket: Ticket, order: Order, names: Map<number, string>): PrintedTicket {
  return {
    ticketCode: ticket.ticketCode,
    qrToken: ticket.qrToken,
    productName: names.get(ticket.productId) ?? String(ticket.productId),
    customerType: ticket.customerType,
    visitDate: ticket.visitDate,
    entitlements: ticket.entitlements.getItems().map(({ label, total }) => ({ label, total })),
    orderId: order.orderId,
    reference: order.reference ?? null,
    number: ticket.unitNumber,
    of: order.units,
    isTest: ticket.isTest,
  };
}
