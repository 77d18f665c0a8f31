import type { Router } from '@koa/router';
import { validate as isUuid } from 'uuid';
import { cancelOrder } from '../../accept/cancel.ts';
import { placeOrder } from '../../accept/place-order.ts';
import * as contract from '../../contract/orders.ts';
import { Order } from '../../db/entities/sale.ts';
import { today } from '../../domain/calendar.ts';
import { notFound, Refusal } from '../../domain/errors.ts';
import { BEFORE_THE_FIRST, pageOf, periodProblems, soldBetween } from '../lists.ts';
import { findOrder, ownedBy, readTickets, refuseForeignOrder } from '../load-order.ts';
import { presentOrder, presentPlaced } from '../present/sales.ts';
import { presentTicket } from '../present/tickets.ts';
import { languageOf, printOrder } from '../print-tickets.ts';
import { toQuoteRequest, visitProblems } from '../quote-request.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';
import { streamTickets } from '../stream-tickets.ts';

/** The forms of tickets that come as a file, and how its name ends. */
const endings = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
};

export function orderRoutes(router: Router, services: Services): void {
  const { config, fork, now } = services;
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

  for (const operation of [contract.getOrder, contract.getDirectOrder]) {
    route(router, services, operation, async ({ params, caller }) => ({
      status: 200,
      body: presentOrder(await findOrder(services, params.order_id, caller)),
    }));
  }

  for (const operation of [contract.getOrderTickets, contract.getDirectOrderTickets]) {
    route(router, services, operation, async ({ ctx, params, query, caller }) => {
      const orderId = params.order_id.toLowerCase();
      const form = ctx.accepts('application/json', ...Object.keys(endings));
      if (form === 'application/pdf' || form === 'application/zip') {
        const order = await findOrder(services, orderId, caller);
        const language = languageOf(ctx, query.language);
        const body = await printOrder(services, order, { form, language, entries: query.entries });
        const headers = { ...headersOfFile(orderId, form), 'Content-Language': language };
        return { status: 200, body, headers };
      }
      await refuseForeignOrder(services, orderId, caller);
      if (form === 'text/csv' || form === 'application/x-ndjson') {
        const headers = headersOfFile(orderId, form, '; charset=utf-8');
        return { status: 200, body: streamTickets(services, orderId, form), headers };
      }
      if (form === false) {
        throw new Refusal(
          'NOT_ACCEPTABLE',
          'Tickets come as application/json, text/csv, application/x-ndjson, application/pdf or application/zip.',
        );
      }
      const after = query.cursor ?? 0;
      const found = await readTickets(services, orderId, after, query.limit + 1);
      const { items, next_cursor } = pageOf(found, query.limit, (ticket) => String(ticket.unitNumber));
      return {
        status: 200,
        body: { items: items.map((ticket) => presentTicket(ticket, config.publicUrl)), next_cursor },
      };
    });
  }

  route(
    router,
    services,
    contract.listOrders,
    async ({ query, caller }) => {
      const between = soldBetween(query, config.timeZone);
      const reservationId = query.reservation_id;
      const nothingIsThere = reservationId !== undefined && !isUuid(reservationId);
      const found = nothingIsThere
        ? []
        : await fork().find(
            Order,
            {
              ...ownedBy(caller),
              ...(query.status && { status: query.status }),
              ...(query.reference && { reference: query.reference }),
              ...(reservationId && { reservation: reservationId }),
              ...(query.product_id && { lines: { productId: query.product_id } }),
              ...(between && { createdAt: between }),
              orderId: { $lt: query.cursor ?? BEFORE_THE_FIRST },
            },
            {
              populate: ['lines', 'reservation', 'refunds'],
              orderBy: { orderId: 'desc' },
              limit: query.limit + 1,
            },
          );
      const { items, next_cursor } = pageOf(found, query.limit, (order) => order.orderId);
      return { status: 200, body: { items: items.map(presentOrder), next_cursor } };
    },
    async (_, query) => periodProblems(query),
  );

  route(router, services, contract.cancelOrder, async ({ ctx, params, body, caller, answerKeys }) => {
    const orderId = params.order_id;
    if (!isUuid(orderId)) throw notFound('order', orderId);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { replayed } = await cancelOrder(fork(), by, orderId, body.reason);
    return {
      status: 200,
      body: presentOrder(await findOrder(services, orderId, caller)),
      headers: replayedHeader(replayed),
    };
  });
}

const headersOfFile = (orderId: string, form: keyof typeof endings, parameters = '') => ({
  'Content-Type': form + parameters,
  'Content-Disposition': `attachment; filename="tickets-${orderId}.${endings[form]}"`,
});
