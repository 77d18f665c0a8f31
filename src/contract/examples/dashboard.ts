import { getOverview } from '../dashboard.ts';
import { example, json } from './example.ts';
import { familyPrice, money } from './prices.ts';
import { at, ids, partnerId, references } from './story.ts';

/** After the first payment that did not add up: 300.00 for an order of 318.00. */
const overview = {
  as_of: at.lookedAt,
  products: [
    {
      product_id: 106,
      title: 'Premium Plan',
      pools: [
        { channel: 'direct', allocated: 1_000, reserved: 0, sold: 0, available: 1_000 },
        { channel: 'ota', allocated: 2_000, reserved: 2, sold: 3, available: 1_995 },
      ],
    },
  ],
  sales: [{ from: at.lookedAtHour, orders: 1, units: 3, amounts: [familyPrice.total] }],
  expiring: [
    {
      reservation_id: ids.disputedReservation,
      partner_id: partnerId,
      channel: 'ota',
      external_reference: references.reservation,
      units: 2,
      expires_at: at.heldUntil,
    },
  ],
  cases: {
    payments_in_review: 1,
    refunds_due: 0,
    orders_unissued: 0,
    late_payments_undecided: 0,
    webhooks_failing: 0,
    commands_undelivered: 0,
    items: [
      {
        kind: 'payment_in_review',
        id: ids.disputedPayment,
        order_id: ids.disputedOrder,
        reservation_id: ids.disputedReservation,
        partner_id: partnerId,
        amount: money(300_00),
        since: at.disputed,
        detail: "Paid HKD 300.00, the order's total is HKD 318.00.",
      },
    ],
  },
  workers_live: 1,
  temporal: { ui_url: 'http://localhost:8233', namespace: 'default' },
};

export const dashboardExamples = [example(getOverview, { answers: { 200: json(overview) } })];
