import { type RawBuilder, sql } from 'kysely';

/** Records the refund of a payment `p` of the FROM clause, in full. */
export const recordRefund = (
  refundId: string,
  reason: string | null,
  from: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`
      insert into refunds (refund_id, order_id, payment_id, amount, currency, reason)
      select ${refundId}::uuid, p.order_id, p.payment_id, p.amount, p.currency, ${reason}::text from ${from}`;

/** Records the refund of the payment that paid the order of the CTE `o`; a second one changes nothing. */
export const recordRefundOfOrder = (refundId: string, reason: string): RawBuilder<unknown> => sql`
      ${recordRefund(refundId, reason, sql`payments p join o using (order_id) where p.verdict = 'accepted'`)}
      on conflict on constraint refunds_one_for_a_payment do nothing`;
