import { followOverview, getOverview, searchSales } from '../dashboard.ts';
import { example, json } from './example.ts';
import { familyPrice, money } from './prices.ts';
import { at, codes, ids, partnerId, references } from './story.ts';

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

const ticket = ({ code }: { code: string }) => ({ ticket_code: code, product_id: 106, status: 'valid' });
const workflowId = `reservation:${ids.reservation}`;
const trail = {
  reservation: {
    reservation_id: ids.reservation,
    partner_id: partnerId,
    channel: 'ota',
    external_reference: references.reservation,
    status: 'held',
    units: 5,
    lines: [{ product_id: 106, units: 5, ordered: 3, sold: 3, released: 0 }],
    created_at: at.held,
    expires_at: at.heldUntil,
    ended_at: null,
  },
  run: {
    workflow_id: workflowId,
    url: `http://localhost:8233/namespaces/default/workflows/${encodeURIComponent(workflowId)}`,
  },
  orders_count: 1,
  orders: [
    {
      order_id: ids.order,
      reference: references.order,
      status: 'fulfilled',
      quantity: 3,
      total: familyPrice.total,
      created_at: at.ordered,
      paid_at: at.paid,
      fulfilled_at: at.fulfilled,
      failure_reason: null,
      payments: [
        {
          payment_id: ids.payment,
          sender: partnerId,
          payment_reference: references.payment,
          verdict: 'accepted',
          reason: null,
          paid: familyPrice.total,
          received_at: at.paid,
        },
      ],
      refunds: [],
      tickets: { count: 3, items: [ticket(codes.adult), ticket(codes.secondAdult), ticket(codes.child)] },
      scans_count: 0,
      scans: [],
    },
  ],
};

export const dashboardExamples = [
  example(getOverview, { answers: { 200: json(overview) } }),
  example(searchSales, {
    query: { q: references.order },
    answers: { 200: json({ matches: [{ kind: 'order', trail }] }) },
  }),
  example(followOverview, {
    answers: {
      200: {
        text: {
          'text/event-stream': `retry: 2000\n\nevent: overview\nid: ${at.lookedAt}\ndata: ${JSON.stringify(overview)}\n\n`,
        },
      },
    },
    problems: {
      NOT_ACCEPTABLE: { detail: 'The events come as text/event-stream; name it in Accept.' },
    },
  }),
];
