import type { Loaded } from '@mikro-orm/core';
import type { Ticket } from '../../db/entities/ticket.ts';

export function presentTicket(ticket: Loaded<Ticket, 'entitlements'>, publicUrl: string) {
  return {
    ticket_code: ticket.ticketCode,
    product_id: ticket.productId,
    customer_type: ticket.customerType,
    status: ticket.status,
    visit_date: ticket.visitDate,
    ...(ticket.isTest && { test: true }),
    entitlements: ticket.entitlements.getItems().map(({ functionCode, label, total, remaining }) => ({
      function_code: functionCode,
      label,
      total,
      remaining,
    })),
    qr_code: ticket.qrToken,
    qr_code_url: `${publicUrl}/tickets/${ticket.ticketCode}/qr.svg`,
  };
}
