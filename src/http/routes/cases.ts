import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { type Decision, decidePayment, settleRefund } from '../../accept/decide-payment.ts';
import * as contract from '../../contract/cases.ts';
import { Payment, Refund } from '../../db/entities/sale.ts';
import type { AnswerKey } from '../../db/queries/accepting.ts';
import type { Caller } from '../auth.ts';
import { BEFORE_THE_FIRST, pageOf } from '../lists.ts';
import { presentPayment, presentRefund } from '../present/cases.ts';
import { knownUuid, readPayment, readRefund } from '../read-operators.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** What waits for an operator: payments under review, and refunds to pay out. */
export function caseRoutes(router: Router, services: Services): void {
  const { fork, desk } = services;

  route(router, services, contract.listPayments, async ({ query }) => {
    const found = await fork().find(
      Payment,
      {
        ...(query.verdict && { verdict: query.verdict }),
        paymentId: { $lt: query.cursor ?? BEFORE_THE_FIRST },
      },
      { populate: ['order'], orderBy: { paymentId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ paymentId }) => paymentId);
    return { status: 200, body: { items: items.map(presentPayment), next_cursor } };
  });

  type Asked = { ctx: Context; caller: Caller; params: { payment_id: string }; answerKeys: AnswerKey[] };
  const decide = async ({ ctx, caller, params, answerKeys }: Asked, decision: Decision) => {
    const paymentId = knownUuid('payment', params.payment_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed, command } = await decidePayment(fork(), by, paymentId, decision, (tx) =>
      readPayment(tx, paymentId),
    );
    desk.take(command);
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  };
  route(router, services, contract.acceptPayment, (asked) => decide(asked, { act: 'accept' }));
  route(router, services, contract.refundPayment, (asked) =>
    decide(asked, { act: 'refund', reason: asked.body.reason }),
  );

  route(router, services, contract.listRefunds, async ({ query }) => {
    const found = await fork().find(
      Refund,
      { ...(query.status && { status: query.status }), refundId: { $lt: query.cursor ?? BEFORE_THE_FIRST } },
      { populate: ['order'], orderBy: { refundId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ refundId }) => refundId);
    return { status: 200, body: { items: items.map(presentRefund), next_cursor } };
  });

  route(router, services, contract.settleRefund, async ({ ctx, caller, params, answerKeys }) => {
    const refundId = knownUuid('refund', params.refund_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await settleRefund(fork(), by, refundId, (tx) => readRefund(tx, refundId));
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  });
}
