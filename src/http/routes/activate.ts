import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { validate as isUuid } from 'uuid';
import { takePayment } from '../../accept/take-payment.ts';
import { Order } from '../../db/entities/sale.ts';
import { activateOrder } from '../../contract/orders.ts';
import { notFound, Refusal } from '../../domain/errors.ts';
import type { Caller } from '../auth.ts';
import { readTickets } from '../load-order.ts';
import { presentTicket } from '../present/tickets.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** `activate` waits so long for its tickets; with being admitted and answered that is 1.5 seconds. */
const ACTIVATE_PATIENCE_MS = 1_400;

export function activateRoute(router: Router, services: Services): void {
  route(router, services, activateOrder, async ({ ctx, body, caller, answerKeys }) => {
    if (!isUuid(body.order_id)) throw notFound('order', body.order_id);
    // In lower case, as PostgreSQL names the order when it is settled.
    const orderId = body.order_id.toLowerCase();
    const reference = body.payment_reference;
    return activate(services, ctx, caller, { orderId, reference }, answerKeys);
  });
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
    const hasWork = command !== undefined || isOnItsWay(await readStatus(services, orderId));
    // Not looked at once more where the time is up: the payment is accepted, and 202 says all that is known.
    const isOpen = hasWork && !(await wait.settled);
    const answer = isOpen ? processing(orderId) : await answerActivation(services, orderId);
    const headers = 'headers' in answer ? answer.headers : {};
    return { ...answer, headers: { ...headers, ...replayedHeader(replayed) } };
  } finally {
    wait.forget();
  }
}

async function readStatus({ fork }: Services, orderId: string): Promise<string> {
  const { status } = await fork().findOneOrFail(Order, { orderId }, { fields: ['status'] });
  return status;
}

/** Paid and not fulfilled yet; or expired, with late money that its run has not decided on yet. */
const isOnItsWay = (status: string) => status === 'paid' || status === 'expired';

const processing = (orderId: string) => ({
  status: 202,
  body: { activation_status: 'processing', order_id: orderId },
  headers: { Location: `/api/ota/orders/${orderId}` },
});

/** `takePayment` has seen that the order is the caller's. */
async function answerActivation(services: Services, orderId: string) {
  const order = await services.fork().findOneOrFail(Order, { orderId }, { populate: ['refunds'] });
  const { status } = order;
  const refundStatus = order.refunds.getItems().at(-1)?.status ?? 'due';
  if (isOnItsWay(status)) return processing(orderId);
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
