import type { Loaded } from '@mikro-orm/core';
import type { Order, Reservation, ReservationLine } from '../../db/entities/sale.ts';
import type { HeldUnits } from '../../db/queries/hold-units.ts';
import type { PlacedOrder } from '../../db/queries/place-order.ts';
import type { PriceRules } from '../../domain/pricing.ts';
import { moneyOf, presentQuote, presentSnapshot } from './prices.ts';

const time = (text: string) => new Date(text).toISOString();

export function presentHeld(held: HeldUnits, rules: PriceRules, reference: string | null) {
  const line = held.lines[0];
  if (!line) throw new Error('a hold has at least one line');
  return {
    reservation_id: held.reservation_id,
    status: 'held' as const,
    product_id: line.product_id,
    quantity: line.units,
    reserved_until: time(held.expires_at),
    reference,
    pricing_snapshot: presentSnapshot(line.price_list_id, rules),
  };
}

export function presentReservation(
  reservation: Loaded<Reservation, 'lines' | 'orders'>,
  priceListId: number,
  rules: PriceRules,
) {
  const lines = reservation.lines.getItems();
  return {
    reservation_id: reservation.reservationId,
    status: reservation.status,
    product_id: lines[0]?.productId ?? 0,
    quantity: lines.reduce((total, line) => total + line.units, 0),
    units: presentUnits(lines),
    reference: reservation.reference ?? null,
    created_at: reservation.startedAt.toISOString(),
    reserved_until: reservation.expiresAt.toISOString(),
    ended_at: reservation.endedAt?.toISOString() ?? null,
    pricing_snapshot: presentSnapshot(priceListId, rules),
    orders: reservation.orders.getItems().map((order) => ({
      order_id: order.orderId,
      status: order.status,
      quantity: order.units,
      reference: order.reference ?? null,
      created_at: order.createdAt.toISOString(),
    })),
  };
}

/** A hold as an operator looks at it. */
export const presentHold = (hold: Loaded<Reservation, 'lines'>) => ({
  reservation_id: hold.reservationId,
  partner_id: hold.partnerId,
  status: hold.status,
  units: presentUnits(hold.lines.getItems()),
  reserved_until: hold.expiresAt.toISOString(),
  ended_at: hold.endedAt?.toISOString() ?? null,
});

type Line = Pick<ReservationLine, 'units' | 'ordered' | 'sold' | 'released'>;

/** What has become of a hold's units. */
function presentUnits(lines: Line[]) {
  const sum = (of: (line: Line) => number) => lines.reduce((total, line) => total + of(line), 0);
  return {
    held: sum((line) => line.units - line.sold - line.released),
    ordered: sum((line) => line.ordered),
    sold: sum((line) => line.sold),
    released: sum((line) => line.released),
  };
}

function firstLineOf(placed: PlacedOrder) {
  const [line] = placed.lines;
  if (!line) throw new Error('an order has at least one line');
  return line;
}

function totalOf(placed: PlacedOrder) {
  const total = placed.lines.reduce((sum, { quote }) => sum + quote.total, 0);
  return moneyOf(firstLineOf(placed).quote)(total);
}

export function presentPlaced(placed: PlacedOrder, reference: string | null, webhookUrl: string) {
  const { productId, quote } = firstLineOf(placed);
  return {
    order_id: placed.order_id,
    reservation_id: placed.reservation_id,
    status: 'pending_payment' as const,
    quantity: quote.units,
    reference,
    payment_required: { ...totalOf(placed), due_by: time(placed.due_by) },
    price_breakdown: presentQuote(productId, quote),
    webhook_url: webhookUrl,
  };
}

export function presentDirectPlaced(placed: PlacedOrder, outTradeNo: string, webhookUrl: string) {
  const total = totalOf(placed);
  return {
    order_id: placed.order_id,
    status: 'pending_payment' as const,
    quantity: placed.lines.reduce((sum, { quote }) => sum + quote.units, 0),
    out_trade_no: outTradeNo,
    payment_required: { ...total, due_by: time(placed.due_by) },
    price_breakdown: {
      items: placed.lines.map(({ productId, quote }) => presentQuote(productId, quote)),
      total,
    },
    webhook_url: webhookUrl,
  };
}

export function presentOrder(order: Loaded<Order, 'lines' | 'reservation' | 'refunds'>) {
  const lines = order.lines.getItems();
  return {
    order_id: order.orderId,
    reservation_id: order.reservation.reservationId,
    channel: order.channelId,
    status: order.status,
    quantity: order.units,
    reference: order.reference ?? null,
    customer_details: order.customer ?? null,
    payment_required: {
      ...moneyOf(order)(order.totalAmount),
      due_by: order.reservation.expiresAt.toISOString(),
    },
    items: lines.map((line) => presentQuote(line.productId, line.quote)),
    created_at: order.createdAt.toISOString(),
    paid_at: order.paidAt?.toISOString() ?? null,
    fulfilled_at: order.fulfilledAt?.toISOString() ?? null,
    failure_reason: order.failureReason ?? null,
    refunds: order.refunds.getItems().map((refund) => ({
      refund_id: refund.refundId,
      amount: moneyOf({ ...order, currency: refund.currency })(refund.amount),
      status: refund.status,
      reason: refund.reason,
    })),
  };
}
