import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { orderStatuses, paymentVerdicts, reservationStatuses } from '../../domain/states.ts';
import type { Quote } from '../../domain/pricing.ts';

/** A hold on units of a channel's allotment, with the orders drawn from it. */
export const Reservation = defineEntity({
  name: 'Reservation',
  tableName: 'channel_reservations',
  properties: {
    reservationId: p.uuid().primary(),
    partnerId: p.text(),
    channel: p.text(),
    reference: p.text().nullable(),
    status: p.enum(reservationStatuses),
    startedAt: p.datetime(),
    expiresAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    /** Then it may last longer than its partner could have it. */
    extendedByOperator: p.boolean().default(false),
    lines: () => p.oneToMany(ReservationLine).mappedBy('reservation').orderBy({ productId: 'asc' }),
    orders: () => p.oneToMany(Order).mappedBy('reservation').orderBy({ createdAt: 'asc', orderId: 'asc' }),
  },
});
export type Reservation = InferEntity<typeof Reservation>;

/** units = sold + released + what the hold still keeps; `ordered` counts units of live orders. */
export const ReservationLine = defineEntity({
  name: 'ReservationLine',
  tableName: 'reservation_lines',
  properties: {
    reservation: () => p.manyToOne(Reservation).joinColumn('reservation_id').primary(),
    productId: p.integer().primary(),
    priceListId: p.integer(),
    units: p.integer(),
    ordered: p.integer().default(0),
    sold: p.integer().default(0),
    released: p.integer().default(0),
  },
});

export type ReservationLine = InferEntity<typeof ReservationLine>;

/** A customer's order, drawn from a hold. `customer` is the only personal data and may be erased. */
export const Order = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: {
    orderId: p.uuid().primary(),
    reservation: () => p.manyToOne(Reservation).joinColumn('reservation_id'),
    partnerId: p.text(),
    channelId: p.text(),
    reference: p.text().nullable(),
    customer: p.json<{ name: string; email: string; phone?: string }>().nullable(),
    status: p.enum(orderStatuses),
    units: p.integer(),
    totalAmount: p.bigint('number'),
    currency: p.text(),
    currencyPrecision: p.integer(),
    createdAt: p.datetime(),
    paidAt: p.datetime().nullable(),
    confirmedAt: p.datetime().nullable(),
    fulfilledAt: p.datetime().nullable(),
    failureReason: p.text().nullable(),
    lines: () => p.oneToMany(OrderLine).mappedBy('order').orderBy({ lineNumber: 'asc' }),
    refunds: () => p.oneToMany(Refund).mappedBy('order').orderBy({ createdAt: 'asc' }),
  },
});
export type Order = InferEntity<typeof Order>;

export const OrderLine = defineEntity({
  name: 'OrderLine',
  tableName: 'order_lines',
  properties: {
    order: () => p.manyToOne(Order).joinColumn('order_id').primary(),
    lineNumber: p.integer().primary(),
    productId: p.integer(),
    units: p.integer(),
    visitDate: p.date(),
    quote: p.json<Quote>(),
  },
});

/** Money that somebody said has arrived, and what was made of it. */
export const Payment = defineEntity({
  name: 'Payment',
  tableName: 'payments',
  properties: {
    paymentId: p.uuid().primary(),
    order: () => p.manyToOne(Order).joinColumn('order_id'),
    sender: p.text(),
    reference: p.text(),
    amount: p.bigint('number').nullable(),
    currency: p.text().nullable(),
    verdict: p.enum(paymentVerdicts),
    reason: p.text().nullable(),
    receivedAt: p.datetime(),
  },
});
export type Payment = InferEntity<typeof Payment>;

export const Refund = defineEntity({
  name: 'Refund',
  tableName: 'refunds',
  properties: {
    refundId: p.uuid().primary(),
    order: () => p.manyToOne(Order).joinColumn('order_id'),
    paymentId: p.uuid(),
    amount: p.bigint('number'),
    currency: p.text(),
    reason: p.text(),
    status: p.enum(['due', 'settled']),
    createdAt: p.datetime(),
    settledAt: p.datetime().nullable(),
  },
});
export type Refund = InferEntity<typeof Refund>;
