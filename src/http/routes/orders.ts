import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { validate as isUuid } from 'uuid';
import { placeDirectOrder } from '../../accept/place-direct-order.ts';
import { placeOrder, visitIsOver } from '../../accept/place-order.ts';
import { takePayment } from '../../accept/take-payment.ts';
import * as contract from '../../contract/orders.ts';
import { Order } from '../../db/entities/sale.ts';
import { Ticket } from '../../db/entities/ticket.ts';
import { isDate, today } from '../../domain/calendar.ts';
import { type FieldProblem, notFound, Refusal } from '../../domain/errors.ts';
import type { Caller } from '../auth.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { fingerprintOf } from '../guard.ts';
import { presentDirectPlaced, presentOrder, presentPlaced } from '../present/sales.ts';
import { presentTicket } from '../present/tickets.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';
import { unknownProducts } from '../unknown-products.ts';
import { ownedBy } from './reservations.ts';

/** `activate` waits so long for its tickets; with the rest of the call it stays below 2 seconds. */
const ACTIVATE_PATIENCE_MS = 1_500;

export function orderRoutes(router: Router, services: Services): void {
  const { config, fork, desk, now } = services;
  const webhookUrl = `${config.publicUrl}/payments/notify`;
  const businessDay = () => today(now(), config.timeZone);

  route(
    router,
    services,
    contract.placeOrder,
    async ({ ctx, body, caller, answerKeys }) => {
      if (!isUuid(body.reservation_id)) throw notFound('reservation', body.reservation_id);
      const reference = body.reference ?? null;
      const { result, replayed } = await placeOrder(fork(), acceptingFor(ctx, caller, answerKeys), {
        reservationId: body.reservation_id,
        customer: body.customer_details,
        reference,
        today: businessDay(),
        ...toQuoteRequest(body.pricing_context),
      });
      return {
        status: 201,
        body: presentPlaced(result, reference, webhookUrl),
        headers: { Location: `/api/ota/orders/${result.order_id}`, ...replayedHeader(replayed) },
      };
    },
    async ({ pricing_context }) => visitProblems(pricing_context, businessDay(), ['pricing_context']),
  );

  route(
    router,
    services,
    contract.placeDirectOrder,
    async ({ ctx, body, caller, answerKeys }) => {
      if (caller.channel !== 'direct') {
        throw new Refusal(
          'PERMISSION_MISSING',
          `Orders without a reservation are for the channel direct; this key sells through ${caller.channel}.`,
        );
      }
      const outTradeNo = body.out_trade_no;
      const tradeKey = { operation: 'out_trade_no', key: outTradeNo, fingerprint: fingerprintOf(body) };
      const by = acceptingFor(ctx, caller, [...answerKeys, tradeKey]);
      const { result, replayed, command } = await placeDirectOrder(fork(), by, {
        items: body.items.map((item) => ({
          productId: item.product_id,
          quantity: item.qty,
          ...toQuoteRequest(item.pricing_context),
        })),
        customer: body.customer_details,
        outTradeNo,
        today: businessDay(),
      });
      desk.take(command);
      return {
        status: 201,
        body: presentDirectPlaced(result, outTradeNo, webhookUrl),
        headers: { Location: `/orders/${result.order_id}`, ...replayedHeader(replayed) },
      };
    },
    async ({ items }) => {
      const given = Array.isArray(items) ? (items as Record<string, unknown>[]) : [];
      const products = given.map((item, index) => ({
        productId: item?.product_id,
        path: ['items', String(index), 'product_id'],
      }));
      const visits = given.flatMap((item, index) =>
        visitProblems(item?.pricing_context, businessDay(), ['items', String(index), 'pricing_context']),
      );
      return [...(await unknownProducts(services, products)), ...visits];
    },
  );

  for (const operation of [contract.getOrder, contract.getDirectOrder]) {
    route(router, services, operation, async ({ params, caller }) => ({
      status: 200,
      body: presentOrder(await findOrder(services, params.order_id, caller)),
    }));
  }

  for (const operation of [contract.getOrderTickets, contract.getDirectOrderTickets]) {
    route(router, services, operation, async ({ params, query, caller }) => {
      const { orderId } = await findOrder(services, params.order_id, caller);
      const after = readCursor(query.cursor);
      const found = await readTickets(services, orderId, after, query.limit + 1);
      const items = found.slice(0, query.limit);
      const more = found.length > items.length;
      return {
        status: 200,
        body: {
          items: items.map((ticket) => presentTicket(ticket, config.publicUrl)),
          next_cursor: more ? writeCursor(items.at(-1)?.unitNumber ?? 0) : null,
        },
      };
    });
  }

  route(router, services, contract.activateOrder, async ({ ctx, body, caller, answerKeys }) => {
    const { order_id: orderId, payment_reference: reference } = body;
    if (!isUuid(orderId)) throw notFound('order', orderId);
    return activate(services, ctx, caller, { orderId, reference }, answerKeys);
  });
}

/** A visit that is over, in a pricing context that need not be well-formed. */
function visitProblems(context: unknown, today: string, path: string[]): FieldProblem[] {
  const date =
    typeof context === 'object' && context !== null && 'visit_date' in context
      ? context.visit_date
      : undefined;
  const over = typeof date === 'string' && isDate(date) && date < today;
  return over ? [visitIsOver(today, [...path, 'visit_date'])] : [];
}

type Activation = { orderId: string; reference: string };

/** Accepts the payment, waits for its run, and answers from what the order is by then. */
async function activate(
  services: Services,
  ctx: Context,
  caller: Caller,
  { orderId, reference }: Activation,
  answerKeys: Parameters<typeof acceptingFor>[2],
) {
  const { fork, desk, watch } = services;
  const wait = watch.expect(orderId, ACTIVATE_PATIENCE_MS);
  try {
    const { command, replayed } = await takePayment(fork(), acceptingFor(ctx, caller, answerKeys), {
      orderId,
      reference,
      sender: caller.partner_id,
      ownerId: caller.partner_id,
      paidAt: null,
      succeeded: true,
      webhookId: null,
    });
    desk.take(command);
    const atOnce = await findOrder(services, orderId, caller);
    if (isOnItsWay(atOnce.status)) await wait.settled;
    const order = isOnItsWay(atOnce.status) ? await findOrder(services, orderId, caller) : atOnce;
    const { headers, ...answer } = await answerActivation(services, order);
    return { ...answer, headers: { ...headers, ...replayedHeader(replayed) } };
  } finally {
    wait.forget();
  }
}

/** Paid and not fulfilled yet; or expired, with late money that its run has not decided on yet. */
const isOnItsWay = (status: string) => status === 'paid' || status === 'expired';

async function answerActivation(services: Services, order: FoundOrder) {
  const { orderId, status } = order;
  const refundStatus = order.refunds.getItems().at(-1)?.status ?? 'due';
  if (isOnItsWay(status)) {
    return {
      status: 202,
      body: { activation_status: 'processing', order_id: orderId },
      headers: { Location: `/api/ota/orders/${orderId}` },
    };
  }
  if (status === 'fulfilled') {
    const tickets = await readTickets(services, orderId, 0, null);
    return {
      status: 200,
      body: {
        activation_status: 'success',
        order_id: orderId,
        tickets: tickets.map((ticket) => presentTicket(ticket, services.config.publicUrl)),
      },
    };
  }
  if (status === 'cancelled') {
    throw new Refusal('ORDER_CANCELLED', `Order ${orderId} was cancelled; the money is to be refunded.`, {
      facts: { refund_status: refundStatus },
    });
  }
  const unitsWereNeverTakenAgain = order.paidAt === null;
  if (unitsWereNeverTakenAgain) {
    throw new Refusal(
      'HOLD_ENDED',
      `The hold of order ${orderId} had ended and its units are gone; the money is to be refunded.`,
      { facts: { refund_status: refundStatus } },
    );
  }
  return {
    status: 200,
    body: {
      activation_status: 'failed',
      order_id: orderId,
      reason: order.failureReason ?? 'Issuing was refused.',
      refund_status: refundStatus,
    },
  };
}

type FoundOrder = Awaited<ReturnType<typeof findOrder>>;

async function findOrder({ fork }: Services, orderId: string, caller: Caller) {
  const order = isUuid(orderId)
    ? await fork().findOne(
        Order,
        { orderId, ...ownedBy(caller) },
        { populate: ['lines', 'reservation', 'refunds'] },
      )
    : null;
  if (!order) throw notFound('order', orderId);
  return order;
}

function readTickets({ fork }: Services, orderId: string, afterUnit: number, limit: number | null) {
  return fork().find(
    Ticket,
    { orderId, unitNumber: { $gt: afterUnit } },
    { populate: ['entitlements'], orderBy: { unitNumber: 'asc' }, ...(limit !== null && { limit }) },
  );
}

export function toQuoteRequest(context: {
  visit_date: string;
  customer_breakdown: { customer_type: string; count: number }[];
  addons?: { addon_id: string; quantity: number }[] | undefined;
}) {
  return {
    visitDate: context.visit_date,
    breakdown: context.customer_breakdown.map(({ customer_type, count }) => ({
      customerType: customer_type,
      count,
    })),
    addons: (context.addons ?? []).map(({ addon_id, quantity }) => ({ addonId: addon_id, quantity })),
  };
}
