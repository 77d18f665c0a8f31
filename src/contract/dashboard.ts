import { z } from 'zod';
import {
  caseKinds,
  matchKinds,
  orderStatuses,
  paymentVerdicts,
  reservationStatuses,
  ticketStatuses,
} from '../domain/states.ts';
import { operation } from './operation.ts';
import { id, line, money, productId } from './values.ts';

const ofDashboard = { tag: 'Operators', caller: 'admin', session: 'operator', limit: 'gate' } as const;

const pool = z.object({
  channel: z.string(),
  allocated: z.int(),
  reserved: z.int(),
  sold: z.int(),
  available: z.int(),
});

const salesOfHour = z.object({
  from: z.iso.datetime(),
  orders: z.int().meta({ description: 'Paid in this hour, and not cancelled or refunded since.' }),
  units: z.int(),
  amounts: z.array(money).meta({ description: 'One for each currency.' }),
});

const expiring = z.object({
  reservation_id: id,
  partner_id: z.string(),
  channel: z.string(),
  external_reference: z.string().nullable(),
  units: z.int().meta({ description: 'That the hold still keeps.' }),
  expires_at: z.iso.datetime(),
});

const upTo = (what: string) => z.int().meta({ description: `${what} Counted up to 1,000.` });

const openCase = z.object({
  kind: z.enum(caseKinds),
  id: z.string().meta({
    description: 'Of the payment, refund, order or webhook endpoint; of a command, the id of its run.',
  }),
  order_id: id.nullable(),
  reservation_id: id.nullable(),
  partner_id: z.string().nullable(),
  amount: money.nullable().meta({ description: 'What was paid, or is to go back.' }),
  since: z.iso.datetime(),
  detail: z.string().nullable(),
});

export const overview = z
  .object({
    as_of: z.iso.datetime(),
    products: z
      .array(z.object({ product_id: productId, title: z.string(), pools: z.array(pool) }))
      .meta({ description: 'On sale, with the pool of each channel.' }),
    sales: z
      .array(salesOfHour)
      .meta({ description: 'The last 24 hours, the oldest first. Those that are over may be a minute old.' }),
    expiring: z.array(expiring).meta({
      description: 'The 20 holds that end soonest, without carts of the own shop, which last 15 minutes.',
    }),
    cases: z
      .object({
        payments_in_review: upTo('Payments that wait for a decision.'),
        refunds_due: upTo('Refunds to pay out.'),
        orders_unissued: upTo('Orders that have been paid for a minute and have no tickets.'),
        late_payments_undecided: upTo('Late money that has waited a minute for units or a refund.'),
        webhooks_failing: upTo(
          'Webhook endpoints that do not take what they are told, or are disabled since they answered 410.',
        ),
        commands_undelivered: upTo('Commands that Temporal has not taken for ten seconds.'),
        items: z.array(openCase).meta({
          description:
            'At most 50, the oldest first. The oldest of each kind come before further ones of another.',
        }),
      })
      .meta({ description: 'What needs a hand.' }),
    workers_live: z.int(),
    temporal: z.object({
      ui_url: z.string().nullable().meta({ description: 'Of the Temporal Web UI, where it is known.' }),
      namespace: z.string(),
    }),
  })
  .meta({ id: 'Overview', description: 'Without test partners.' });

/** For the page, which takes the shapes of the contract as types alone. */
export type Overview = z.infer<typeof overview>;

export const getOverview = operation({
  ...ofDashboard,
  id: 'getOverview',
  method: 'get',
  path: '/api/admin/overview',
  summary: 'Where sales stand, and what needs a hand',
  answers: { 200: { description: 'As it is now.', body: overview } },
  refusals: [],
});

export const followOverview = operation({
  ...ofDashboard,
  id: 'followOverview',
  method: 'get',
  path: '/api/admin/overview/events',
  summary: 'Follow the overview: server-sent events, for who names `text/event-stream` in Accept',
  answers: {
    200: {
      description:
        'An event `overview` with the overview, at once and within a second of every change; an event `away` when the database does not answer. The stream stays open until the session or its key ends.',
      contentType: 'text/event-stream',
    },
  },
  refusals: ['NOT_ACCEPTABLE'],
});

const trailOfOrder = z.object({
  order_id: id,
  reference: z.string().nullable(),
  status: z.enum(orderStatuses),
  quantity: z.int(),
  total: money,
  created_at: z.iso.datetime(),
  paid_at: z.iso.datetime().nullable(),
  fulfilled_at: z.iso.datetime().nullable(),
  failure_reason: z.string().nullable(),
  payments: z.array(
    z.object({
      payment_id: id,
      sender: z.string(),
      payment_reference: z.string(),
      verdict: z.enum(paymentVerdicts),
      reason: z.string().nullable(),
      paid: money,
      received_at: z.iso.datetime(),
    }),
  ),
  refunds: z.array(
    z.object({
      refund_id: id,
      payment_id: id,
      amount: money,
      reason: z.string(),
      status: z.enum(['due', 'settled']),
      created_at: z.iso.datetime(),
      settled_at: z.iso.datetime().nullable(),
    }),
  ),
  tickets: z.object({
    count: z.int(),
    items: z
      .array(z.object({ ticket_code: z.string(), product_id: productId, status: z.enum(ticketStatuses) }))
      .meta({ description: 'The first 100.' }),
  }),
  scans_count: z.int(),
  scans: z
    .array(
      z.object({
        ticket_code: z.string(),
        function_code: z.string(),
        quantity: z.int(),
        venue_code: z.string().nullable(),
        redeemed_at: z.iso.datetime(),
      }),
    )
    .meta({ description: 'The latest 100.' }),
});

const trail = z
  .object({
    reservation: z.object({
      reservation_id: id,
      partner_id: z.string(),
      channel: z.string(),
      external_reference: z.string().nullable(),
      status: z.enum(reservationStatuses),
      units: z.int().meta({ description: 'That were held at first.' }),
      lines: z.array(
        z.object({
          product_id: productId,
          units: z.int(),
          ordered: z.int(),
          sold: z.int(),
          released: z.int(),
        }),
      ),
      created_at: z.iso.datetime(),
      expires_at: z.iso.datetime(),
      ended_at: z.iso.datetime().nullable(),
    }),
    run: z.object({
      workflow_id: z.string(),
      url: z.string().nullable().meta({ description: 'In the Temporal Web UI, where that is known.' }),
    }),
    orders_count: z.int(),
    orders: z
      .array(trailOfOrder)
      .meta({ description: 'At most 20: the one that was found, then the newest.' }),
  })
  .meta({ id: 'Trail', description: 'Everything that a hold has led to. Without customers.' });

export type Trail = z.infer<typeof trail>;

export const searchSales = operation({
  ...ofDashboard,
  id: 'searchSales',
  method: 'get',
  path: '/api/admin/search',
  summary: 'Find a sale by any id or reference, with its whole trail',
  query: z.strictObject({
    q: line(200).meta({
      description:
        'An id of a reservation, order, payment, refund, webhook event or delivery; the id of a run; a ticket’s code; a reference of a reservation, order or payment.',
    }),
  }),
  answers: {
    200: {
      description: 'At most 10, ids before references. None is no error.',
      body: z
        .object({ matches: z.array(z.object({ kind: z.enum(matchKinds), trail })) })
        .meta({ id: 'SearchResult' }),
    },
  },
  refusals: [],
});
