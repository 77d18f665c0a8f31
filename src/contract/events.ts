import { z } from 'zod';
import { orderStatuses, reservationStatuses, ticketStatuses } from '../domain/states.ts';
import type { EventType, TEST_EVENT } from '../domain/webhooks.ts';
import { id, productId, quantity } from './values.ts';

const ofReservation = z
  .object({
    reservation_id: id,
    status: z.enum(reservationStatuses),
    reserved_until: z.iso.datetime(),
  })
  .meta({ id: 'ReservationEvent' });
const ofOrder = z
  .object({ order_id: id, reservation_id: id, status: z.enum(orderStatuses), quantity })
  .meta({ id: 'OrderEvent' });

type Event = { summary: string; data: z.ZodObject };

/** What partners' endpoints are told: ids and states, no personal data. A type that is missing does not compile. */
export const events: Record<EventType | typeof TEST_EVENT, Event> = {
  'reservation.held': { summary: 'A hold was taken', data: ofReservation },
  'reservation.extended': { summary: 'A hold ends later', data: ofReservation },
  'reservation.expired': { summary: 'A hold reached its deadline', data: ofReservation },
  'reservation.released': { summary: "A hold's unsold remainder was given back", data: ofReservation },
  'order.created': { summary: 'An order was placed', data: ofOrder },
  'order.paid': {
    summary: 'A payment was accepted',
    data: ofOrder.extend({ payment_id: id }).meta({ id: 'OrderPaidEvent' }),
  },
  'order.fulfilled': { summary: "An order's tickets are there", data: ofOrder },
  'order.cancelled': {
    summary: 'An order was cancelled',
    data: ofOrder.extend({ refund_id: id.nullable() }).meta({ id: 'OrderCancelledEvent' }),
  },
  'order.refund_due': {
    summary: 'Money of an order is to go back, but for a cancellation',
    data: ofOrder.extend({ payment_id: id, refund_id: id }).meta({ id: 'OrderRefundEvent' }),
  },
  'ticket.redeemed': {
    summary: 'Something on a ticket of yours was redeemed',
    data: z
      .object({
        ticket_code: z.string(),
        order_id: id,
        status: z.enum(ticketStatuses),
        function_code: z.string(),
        quantity,
        remaining: z.int(),
      })
      .meta({ id: 'TicketEvent' }),
  },
  'inventory.low': {
    summary: "A tenth or less of your channel's allotment of a product is free",
    data: z
      .object({ product_id: productId, channel: z.string(), available: z.int(), allocated: z.int() })
      .meta({ id: 'InventoryEvent' }),
  },
  'webhook.test': {
    summary: 'You asked for a test',
    data: z.object({ endpoint_id: id }).meta({ id: 'TestEvent' }),
  },
};

/** The body that is sent for an event. */
export const eventPayload = (type: string, data: z.ZodObject) =>
  z.object({ type: z.literal(type), timestamp: z.iso.datetime(), data });
