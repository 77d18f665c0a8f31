import type { Router } from '@koa/router';
import { validate as isUuid } from 'uuid';
import { takePayment } from '../../accept/take-payment.ts';
import { notifyPayment } from '../../contract/payments.ts';
import { notFound } from '../../domain/errors.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

export function paymentRoutes(router: Router, services: Services): void {
  const { fork, desk } = services;

  route(router, services, notifyPayment, async ({ ctx, body, sender }) => {
    if (!isUuid(body.order_id)) throw notFound('order', body.order_id);
    const by = {
      partnerId: sender.name,
      channel: '',
      keyId: null,
      requestId: ctx.state.requestId as string,
      answerKeys: [],
    };
    const { command } = await takePayment(fork(), by, {
      orderId: body.order_id,
      reference: body.payment_reference,
      sender: sender.name,
      ownerId: sender.ownerId,
      amount: body.amount,
      currency: body.currency,
      paidAt: new Date(body.paid_at).toISOString(),
      succeeded: body.payment_status === 'SUCCESS',
      webhookId: ctx.get('webhook-id'),
    });
    desk.take(command);
    return { status: 200, body: { received: true } };
  });
}
