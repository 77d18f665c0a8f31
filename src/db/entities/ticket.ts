import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { ticketStatuses } from '../../domain/states.ts';

/** One unit's ticket. The code is the credential: unguessable, and all that its holder needs. */
export const Ticket = defineEntity({
  name: 'Ticket',
  tableName: 'tickets',
  properties: {
    ticketCode: p.text().primary(),
    orderId: p.uuid(),
    unitNumber: p.integer(),
    productId: p.integer(),
    customerType: p.text(),
    visitDate: p.date(),
    status: p.enum(ticketStatuses),
    qrToken: p.text(),
    issuedAt: p.datetime(),
    /** Of a test partner's order: it never admits. */
    isTest: p
      .formula<boolean>(
        (ticket) =>
          `(select is_test_channel(o.channel_id) from orders o where o.order_id = ${ticket.orderId})`,
      )
      .type('boolean'),
    entitlements: () => p.oneToMany(TicketEntitlement).mappedBy('ticket').orderBy({ position: 'asc' }),
  },
});
export type Ticket = InferEntity<typeof Ticket>;

export const TicketEntitlement = defineEntity({
  name: 'TicketEntitlement',
  tableName: 'ticket_entitlements',
  properties: {
    ticket: () => p.manyToOne(Ticket).joinColumn('ticket_code').primary(),
    functionCode: p.text().primary(),
    label: p.text(),
    position: p.integer(),
    total: p.integer(),
    remaining: p.integer(),
  },
});
