import { z } from 'zod';
import { afterEntry, afterStatement } from './cursors.ts';
import { operation } from './operation.ts';
import { date, id, money, page, pageOf, partnerId, productId } from './values.ts';

const delta = z.int();
/** `allocated` stands only in the report over all partners: pools are not one partner's. */
const balance = z.object({ reserved: delta, sold: delta, allocated: delta.optional() });

const account = z
  .object({
    product_id: productId,
    channel: z.string(),
    opening: balance,
    movements: z
      .array(balance.extend({ reason: z.string(), entries: z.int() }))
      .meta({ description: 'By reason; opening and all of these add up to closing.' }),
    closing: balance,
    units: z
      .object({
        reserved: z.int(),
        sold: z.int(),
        released: z.int(),
        expired: z.int(),
        refunded: z.int(),
      })
      .meta({ description: 'What happened to units in the period.' }),
    money: z
      .array(z.object({ sold: money, refunded: money }))
      .meta({ description: 'What the sold units, and those taken back, were sold for, by currency.' }),
  })
  .meta({ id: 'LedgerAccount' });

const summary = z.object({
  products: z.array(account),
  payments: z
    .array(z.object({ received: money, refunded: money }))
    .meta({ description: 'Payments received and refunds recorded in the period, whatever they were for.' }),
});

const ledgerLine = balance
  .extend({
    entry_id: id,
    recorded_at: z.iso.datetime(),
    partner_id: z.string().nullable(),
    product_id: productId,
    channel: z.string(),
    reason: z.string(),
    reservation_id: id.nullable(),
    reservation_reference: z.string().nullable(),
    order_id: id.nullable(),
    order_reference: z.string().nullable(),
    payment_ids: z.array(id),
    tickets: z.object({ issued: z.int(), valid: z.int(), redeemed: z.int(), void: z.int() }),
    redemptions: z.int(),
  })
  .meta({
    id: 'LedgerLine',
    description: 'One movement, and what its order has led to by now: payments, tickets and redemptions.',
  });

/** Whose report an operator wants; a partner gets its own. */
const ofPartner = partnerId.optional();
/** The dashboard downloads them. */
const ofReports = { tag: 'Agencies', caller: 'reports:read', limit: 'partner', session: 'operator' } as const;

export const getReconciliation = operation({
  ...ofReports,
  id: 'getReconciliation',
  method: 'get',
  path: '/api/ota/reconciliation',
  summary: 'The ledger of a period, from opening to closing balance',
  query: z.strictObject({
    from: date.meta({ format: 'date', description: 'The first business day.' }),
    to: date.meta({ format: 'date', description: 'The last business day; at most 366 days in all.' }),
    partner_id: ofPartner,
    format: z.enum(['json', 'csv']).optional().meta({
      description: 'In place of `Accept`, for a link or a form of a page, which cannot choose its own.',
    }),
    ...page(afterEntry, 500, 5_000),
  }),
  answers: {
    200: {
      description:
        'The accounts of the period and a page of its movements as JSON; opening, every movement and closing as CSV.',
      body: summary
        .extend({
          from: date,
          to: date,
          time_zone: z.string(),
          partner_id: z.string().nullable(),
          items: z.array(ledgerLine),
          next_cursor: z.string().nullable(),
        })
        .meta({ id: 'Reconciliation' }),
      streamed: ['text/csv'],
    },
  },
  refusals: ['NOT_FOUND', 'NOT_ACCEPTABLE'],
});

const statement = summary
  .extend({ partner_id: z.string(), business_date: date, created_at: z.iso.datetime() })
  .meta({
    id: 'Statement',
    description: 'The accounts of a business day, as they were stored after its end.',
  });

export const listStatements = operation({
  ...ofReports,
  id: 'listStatements',
  method: 'get',
  path: '/api/ota/statements',
  summary: 'Your daily statements, latest first',
  query: z.strictObject({
    from: date.optional(),
    to: date.optional(),
    partner_id: ofPartner,
    ...page(afterStatement, 31, 366),
  }),
  answers: { 200: { description: 'A page of statements.', body: pageOf('StatementPage', statement) } },
  refusals: ['NOT_FOUND'],
});

export const getStatement = operation({
  ...ofReports,
  id: 'getStatement',
  method: 'get',
  path: '/api/ota/statements/{date}',
  summary: 'The statement of a business day',
  params: z.object({ date: z.string() }),
  query: z.strictObject({ partner_id: ofPartner }),
  answers: { 200: { description: 'The statement.', body: statement } },
  refusals: ['NOT_FOUND'],
});
