import { z } from 'zod';
import { orderStatuses, paymentVerdicts } from '../domain/states.ts';
import { afterId } from './cursors.ts';
import { operation } from './operation.ts';
import { id, line, money, page, pageOf } from './values.ts';

const payment = z
  .object({
    payment_id: id,
    order_id: id,
    partner_id: z.string(),
    order_status: z.enum(orderStatuses),
    order_total: money,
    verdict: z.enum(paymentVerdicts),
    reason: z.string().nullable(),
    sender: z.string(),
    payment_reference: z.string(),
    paid: money,
    received_at: z.iso.datetime(),
  })
  .meta({ id: 'Payment' });

const refund = z
  .object({
    refund_id: id,
    order_id: id,
    payment_id: id,
    amount: money,
    reason: z.string(),
    status: z.enum(['due', 'settled']),
    created_at: z.iso.datetime(),
    settled_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Refund' });

const ofOperators = { tag: 'Operators', caller: 'admin', limit: 'gate', session: 'operator' } as const;

export const listPayments = operation({
  ...ofOperators,
  id: 'listPayments',
  method: 'get',
  path: '/api/admin/payments',
  summary: 'Payments, newest first; verdict=review are the open cases',
  query: z.strictObject({ verdict: z.enum(paymentVerdicts).optional(), ...page(afterId, 50, 500) }),
  answers: { 200: { description: 'A page of payments.', body: pageOf('PaymentPage', payment) } },
  refusals: [],
});

const paymentParams = z.object({ payment_id: z.string() });

export const acceptPayment = operation({
  ...ofOperators,
  id: 'acceptPayment',
  method: 'post',
  path: '/api/admin/payments/{payment_id}/accept',
  summary: 'Decide that a payment under review pays its order',
  idempotent: true,
  params: paymentParams,
  answers: {
    200: { description: 'Accepted; tickets follow.', body: payment, headers: ['Idempotent-Replayed'] },
  },
  refusals: ['NOT_FOUND', 'ALREADY_PAID', 'ALREADY_DECIDED'],
});

export const refundPayment = operation({
  ...ofOperators,
  id: 'refundPayment',
  method: 'post',
  path: '/api/admin/payments/{payment_id}/refund',
  summary: 'Decide that a payment under review goes back',
  idempotent: true,
  params: paymentParams,
  body: z.strictObject({ reason: line(500) }).meta({ id: 'RefundRequest' }),
  answers: {
    200: { description: 'The refund is recorded.', body: payment, headers: ['Idempotent-Replayed'] },
  },
  refusals: ['NOT_FOUND', 'ALREADY_DECIDED'],
});

export const listRefunds = operation({
  ...ofOperators,
  id: 'listRefunds',
  method: 'get',
  path: '/api/admin/refunds',
  summary: 'Refunds, newest first; status=due are to be paid out',
  query: z.strictObject({ status: z.enum(['due', 'settled']).optional(), ...page(afterId, 50, 500) }),
  answers: { 200: { description: 'A page of refunds.', body: pageOf('RefundPage', refund) } },
  refusals: [],
});

export const settleRefund = operation({
  ...ofOperators,
  id: 'settleRefund',
  method: 'post',
  path: '/api/admin/refunds/{refund_id}/settle',
  summary: 'Note that the money has gone back',
  idempotent: true,
  params: z.object({ refund_id: z.string() }),
  answers: {
    200: {
      description: 'Settled; a repeat answers the same.',
      body: refund,
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['NOT_FOUND'],
});
