import { z } from 'zod';
import { caseKinds } from '../domain/states.ts';
import { operation } from './operation.ts';
import { id, money, productId } from './values.ts';

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

const overview = z
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
        webhooks_failing: upTo('Webhooks that were tried in vain and are not given up.'),
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
