import type { Router } from '@koa/router';
import { validate as isUuid } from 'uuid';
import { type Decision, decidePayment, settleRefund } from '../../accept/decide-payment.ts';
import * as contract from '../../contract/cases.ts';
import { Payment, Refund } from '../../db/entities/sale.ts';
import { notFound } from '../../domain/errors.ts';
import { pageOf, readIdCursor } from '../lists.ts';
import { presentPayment, presentRefund } from '../present/cases.ts';
import { acceptingFor, route } from '../route.ts';
import type { Services } from '../services.ts';

/** What waits for an operator: payments under review, and refunds to pay out. */
export function caseRoutes(router: Router, services: Services): void {
  const { fork, desk } = services;

  route(router, services, contract.listPayments, async ({ query }) => {
    const found = await fork().find(
      Payment,
      { ...(query.verdict && { verdict: query.verdict }), paymentId: { $lt: readIdCursor(query.cursor) } },
      { populate: ['order'], orderBy: { paymentId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ paymentId }) => paymentId);
    return { status: 200, body: { items: items.map(presentPayment), next_cursor } };
  });

  const decide = async (
    ctx: Parameters<typeof acceptingFor>[0],
    caller: Parameters<typeof acceptingFor>[1],
    paymentId: string,
    decision: Decision,
  ) => {
    if (!isUuid(paymentId)) throw notFound('payment', paymentId);
    desk.take(await decidePayment(fork(), acceptingFor(ctx, caller), paymentId, decision));
    const payment = await fork().findOneOrFail(Payment, { paymentId }, { populate: ['order'] });
    return { status: 200, body: presentPayment(payment) };
  };
  route(router, services, contract.acceptPayment, ({ ctx, caller, params }) =>
    decide(ctx, caller, params.payment_id, { act: 'accept' }),
  );
  route(router, services, contract.refundPayment, ({ ctx, caller, params, body }) =>
    decide(ctx, caller, params.payment_id, { act: 'refund', reason: body.reason }),
  );

  route(router, services, contract.listRefunds, async ({ query }) => {
    const found = await fork().find(
      Refund,
      { ...(query.status && { status: query.status }), refundId: { $lt: readIdCursor(query.cursor) } },
      { populate: ['order'], orderBy: { refundId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ refundId }) => refundId);
    return { status: 200, body: { items: items.map(presentRefund), next_cursor } };
  });

  route(router, services, contract.settleRefund, async ({ ctx, caller, params }) => {
    const refundId = params.refund_id;
    if (!isUuid(refundId)) throw notFound('refund', refundId);
    await settleRefund(fork(), acceptingFor(ctx, caller), refundId);
    const refund = await fork().findOneOrFail(Refund, { refundId }, { populate: ['order'] });
    return { status: 200, body: presentRefund(refund) };
  });
}
