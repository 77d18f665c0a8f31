import { z } from 'zod';
import { orderStatuses, ticketStatuses } from '../domain/states.ts';
import { afterId, afterNumber } from './cursors.ts';
import { operation } from './operation.ts';
import { priceBreakdown } from './pricing.ts';
import {
  customerDetails,
  customerType,
  date,
  id,
  language,
  line,
  listFilters,
  money,
  page,
  pricingContext,
  productId,
  quantity,
  reference,
} from './values.ts';

const paymentRequired = money.extend({ due_by: z.iso.datetime() }).meta({ id: 'PaymentRequired' });
const refundStatus = z.enum(['due', 'settled']);

export const placeOrder = operation({
  id: 'placeOrder',
  method: 'post',
  path: '/api/ota/orders',
  summary: 'Order for a customer from a reservation',
  tag: 'Agencies',
  caller: 'orders:write',
  limit: 'partner',
  idempotent: true,
  body: z
    .strictObject({
      reservation_id: id,
      customer_details: customerDetails,
      pricing_context: pricingContext,
      reference: reference.optional(),
    })
    .meta({ id: 'OrderRequest' }),
  answers: {
    201: {
      description: 'The order waits for its payment.',
      headers: ['Location'],
      body: z
        .object({
          order_id: id,
          reservation_id: id,
          status: z.literal('pending_payment'),
          quantity,
          reference: z.string().nullable(),
          payment_required: paymentRequired,
          price_breakdown: priceBreakdown,
          webhook_url: z.url(),
        })
        .meta({ id: 'OrderPlaced' }),
    },
  },
  refusals: ['NOT_FOUND', 'RESERVATION_EXHAUSTED', 'RESERVATION_NOT_HELD', 'REFERENCE_TAKEN'],
});

export const order = z
  .object({
    order_id: id,
    reservation_id: id,
    channel: z.string(),
    status: z.enum(orderStatuses),
    quantity,
    reference: z.string().nullable(),
    customer_details: customerDetails.nullable().meta({ description: 'null once it is erased' }),
    payment_required: paymentRequired,
    items: z.array(priceBreakdown),
    created_at: z.iso.datetime(),
    paid_at: z.iso.datetime().nullable(),
    fulfilled_at: z.iso.datetime().nullable(),
    failure_reason: z.string().nullable(),
    refunds: z.array(z.object({ refund_id: id, amount: money, status: refundStatus, reason: z.string() })),
  })
  .meta({ id: 'Order' });

const orderParams = z.object({ order_id: z.string() });

export const getOrder = operation({
  id: 'getOrder',
  method: 'get',
  path: '/api/ota/orders/{order_id}',
  summary: 'An order as it is now',
  tag: 'Agencies',
  caller: 'orders:write',
  limit: 'partner',
  params: orderParams,
  answers: { 200: { description: 'The order.', body: order } },
  refusals: ['NOT_FOUND'],
});

export const listOrders = operation({
  id: 'listOrders',
  method: 'get',
  path: '/api/ota/orders',
  summary: 'Your orders, newest first',
  tag: 'Agencies',
  caller: 'orders:write',
  limit: 'partner',
  query: z.strictObject({
    status: z.enum(orderStatuses).optional(),
    reservation_id: id.optional(),
    ...listFilters,
    ...page(afterId, 50, 500),
  }),
  answers: {
    200: {
      description: 'A page of orders.',
      body: z.object({ items: z.array(order), next_cursor: z.string().nullable() }).meta({ id: 'OrderPage' }),
    },
  },
  refusals: [],
});

export const cancelOrder = operation({
  id: 'cancelOrder',
  method: 'post',
  path: '/api/ota/orders/{order_id}/cancel',
  summary: 'Cancel an order that is unpaid, or paid with nothing redeemed',
  tag: 'Agencies',
  caller: 'orders:write',
  limit: 'partner',
  idempotent: true,
  params: orderParams,
  body: z.strictObject({ reason: line(500) }).meta({ id: 'CancelRequest' }),
  answers: {
    200: {
      description:
        'Cancelled. Of an unpaid order the units are back in its reservation; of a paid one the tickets are void, the units back in the pool and the refund recorded.',
      body: order,
    },
  },
  refusals: ['NOT_FOUND', 'ORDER_NOT_CANCELLABLE'],
});

export const ticket = z
  .object({
    ticket_code: z.string(),
    product_id: productId,
    customer_type: customerType,
    status: z.enum(ticketStatuses),
    visit_date: date,
    test: z
      .literal(true)
      .optional()
      .meta({ description: 'Only on a ticket of the sandbox, which admits nowhere.' }),
    entitlements: z.array(
      z.object({ function_code: z.string(), label: z.string(), total: z.int(), remaining: z.int() }),
    ),
    qr_code: z.string().meta({ description: 'The text that the QR shows.' }),
    qr_code_url: z.url(),
  })
  .meta({ id: 'Ticket' });

const ticketPage = z
  .object({ items: z.array(ticket), next_cursor: z.string().nullable() })
  .meta({ id: 'TicketPage' });

/** How tickets are asked for; `language` and `entries` matter to printed ones alone. */
const ticketsQuery = z.strictObject({
  ...page(afterNumber, 1_000, 5_000),
  language,
  entries: z.enum(['pdf', 'png']).default('pdf').meta({
    description: 'What a ZIP has for each ticket: its page as PDF, or its QR as PNG.',
  }),
});
const printed = ['application/pdf', 'application/zip'];

export const getOrderTickets = operation({
  id: 'getOrderTickets',
  method: 'get',
  path: '/api/ota/orders/{order_id}/tickets',
  summary: "An order's tickets",
  tag: 'Agencies',
  caller: 'tickets:read',
  limit: 'partner',
  params: orderParams,
  query: ticketsQuery,
  answers: {
    200: {
      description:
        'A page of tickets as JSON; all of them as CSV or NDJSON, empty before they are issued; those that are not void as PDF, a page each, or as ZIP, a file each.',
      body: ticketPage,
      streamed: ['text/csv', 'application/x-ndjson'],
      printed,
    },
  },
  refusals: ['NOT_FOUND', 'NOT_ACCEPTABLE', 'NO_TICKETS'],
});

export const activateOrder = operation({
  id: 'activateOrder',
  method: 'post',
  path: '/api/ota/activate',
  summary: 'Say that an order is paid, and get its tickets',
  tag: 'Agencies',
  caller: 'orders:write',
  limit: 'partner',
  idempotent: true,
  body: z.strictObject({ order_id: id, payment_reference: line(100) }).meta({ id: 'ActivateRequest' }),
  answers: {
    200: {
      description:
        'success with the tickets; failed where issuing was refused for good and the refund is recorded.',
      body: z
        .discriminatedUnion('activation_status', [
          z.object({ activation_status: z.literal('success'), order_id: id, tickets: z.array(ticket) }),
          z.object({
            activation_status: z.literal('failed'),
            order_id: id,
            reason: z.string(),
            refund_status: refundStatus,
          }),
        ])
        .meta({ id: 'Activation' }),
    },
    202: {
      description: 'Accepted, not done within 1.5 seconds: ask again, or read the order.',
      headers: ['Location'],
      body: z
        .object({ activation_status: z.literal('processing'), order_id: id })
        .meta({ id: 'ActivationProcessing' }),
    },
  },
  refusals: ['NOT_FOUND', 'ALREADY_PAID', 'PAYMENT_IN_REVIEW', 'HOLD_ENDED', 'ORDER_CANCELLED'],
});

export const placeDirectOrder = operation({
  id: 'placeDirectOrder',
  method: 'post',
  path: '/orders',
  summary: 'Order in the own shop: several products, 15 minutes to pay',
  tag: 'Direct sale',
  caller: 'orders:write',
  limit: 'gate',
  idempotent: true,
  body: z
    .strictObject({
      items: z
        .array(z.strictObject({ product_id: productId, qty: quantity, pricing_context: pricingContext }))
        .min(1)
        .max(50),
      out_trade_no: reference,
      customer_details: customerDetails,
    })
    .meta({ id: 'DirectOrderRequest' }),
  answers: {
    201: {
      description: 'The order waits for its payment; a repeat of the out_trade_no answers the same.',
      headers: ['Location'],
      body: z
        .object({
          order_id: id,
          status: z.literal('pending_payment'),
          quantity,
          out_trade_no: z.string(),
          payment_required: paymentRequired,
          price_breakdown: z.object({ items: z.array(priceBreakdown), total: money }),
          webhook_url: z.url(),
        })
        .meta({ id: 'DirectOrderPlaced' }),
    },
  },
  refusals: ['ALLOTMENT_EXHAUSTED', 'REFERENCE_TAKEN'],
});

export const getDirectOrder = operation({
  id: 'getDirectOrder',
  method: 'get',
  path: '/orders/{order_id}',
  summary: 'An order of the own shop',
  tag: 'Direct sale',
  caller: 'orders:write',
  limit: 'gate',
  params: orderParams,
  answers: { 200: { description: 'The order.', body: order } },
  refusals: ['NOT_FOUND'],
});

export const getDirectOrderTickets = operation({
  id: 'getDirectOrderTickets',
  method: 'get',
  path: '/orders/{order_id}/tickets',
  summary: "The tickets of the own shop's order",
  tag: 'Direct sale',
  caller: 'tickets:read',
  limit: 'gate',
  params: orderParams,
  query: ticketsQuery,
  answers: {
    200: {
      description:
        'A page of tickets as JSON; all of them as CSV or NDJSON; those that are not void as PDF or ZIP.',
      body: ticketPage,
      streamed: ['text/csv', 'application/x-ndjson'],
      printed,
    },
  },
  refusals: ['NOT_FOUND', 'NOT_ACCEPTABLE', 'NO_TICKETS'],
});
