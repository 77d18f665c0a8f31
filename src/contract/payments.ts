import { z } from 'zod';
import { operation } from './operation.ts';
import { id, instant, line } from './values.ts';

/** Thousands of such amounts still add up exactly in a report; no order costs nearly as much. */
const MOST_MINOR = 1_000_000_000_000;

export const notifyPayment = operation({
  id: 'notifyPayment',
  method: 'post',
  path: '/payments/notify',
  summary: 'A payment notification, signed as in Standard Webhooks',
  tag: 'Payments',
  caller: 'signature',
  limit: 'webhook',
  body: z
    .strictObject({
      order_id: id,
      payment_status: z.enum(['SUCCESS', 'FAILED']),
      payment_reference: line(100).meta({
        description: "The sender's own; or, of money that has gone back, the refund_id that it settles.",
      }),
      amount: z.int().min(0).max(MOST_MINOR).optional().meta({ description: 'Minor units.' }),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code' })
        .optional(),
      paid_at: instant,
    })
    .meta({ id: 'PaymentNotification' }),
  answers: {
    200: {
      description: 'Stored; a repeat of the same webhook-id answers the same.',
      body: z.object({ received: z.literal(true) }).meta({ id: 'PaymentReceived' }),
    },
  },
  refusals: ['SIGNATURE_INVALID', 'NOT_FOUND'],
});
