import type { Router } from '@koa/router';
import { placeDirectOrder } from '../../accept/place-direct-order.ts';
import * as contract from '../../contract/orders.ts';
import { today } from '../../domain/calendar.ts';
import { Refusal } from '../../domain/errors.ts';
import { fingerprintOf } from '../guard.ts';
import { presentDirectPlaced } from '../present/sales.ts';
import { toQuoteRequest, visitProblems } from '../quote-request.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';
import { unknownProducts } from '../unknown-products.ts';

export function directOrderRoutes(router: Router, services: Services): void {
  const { config, fork, desk, now } = services;
  const webhookUrl = `${config.publicUrl}/payments/notify`;
  const businessDay = () => today(now(), config.timeZone);

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
}
