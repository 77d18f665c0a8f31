import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { changeProduct, createProduct, setFunction } from '../../accept/manage-products.ts';
import { type PriceEdit, publishPrices } from '../../accept/publish-prices.ts';
import * as contract from '../../contract/admin-products.ts';
import { Product } from '../../db/entities/catalogue.ts';
import type { AnswerKey } from '../../db/queries/accepting.ts';
import type { Caller } from '../auth.ts';
import { pageOf } from '../lists.ts';
import { toAddon, toNewProduct, toPriceChange, toSpecialDate } from '../operator-requests.ts';
import { presentProduct } from '../present/operators.ts';
import { knownProductId, readPrices, readProduct } from '../read-operators.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** Products, their entitlements and their prices. */
export function adminProductRoutes(router: Router, services: Services): void {
  const { fork } = services;

  route(router, services, contract.listProducts, async ({ query }) => {
    const found = await fork().find(
      Product,
      { productId: { $gt: query.cursor ?? 0 } },
      { populate: ['functions'], orderBy: { productId: 'asc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ productId }) => String(productId));
    return { status: 200, body: { items: items.map(presentProduct), next_cursor } };
  });

  route(router, services, contract.createProduct, async ({ ctx, caller, body, answerKeys }) => {
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await createProduct(fork(), by, toNewProduct(body), (tx) =>
      readProduct(tx, body.product_id),
    );
    const headers = { Location: `/api/admin/products/${body.product_id}`, ...replayedHeader(replayed) };
    return { status: 201, body: result, headers };
  });

  route(router, services, contract.getProduct, async ({ params }) => ({
    status: 200,
    body: await readProduct(fork(), knownProductId(params.product_id)),
  }));

  route(router, services, contract.changeProduct, async ({ ctx, caller, params, body, answerKeys }) => {
    const productId = knownProductId(params.product_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await changeProduct(fork(), by, productId, body, (tx) =>
      readProduct(tx, productId),
    );
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  });

  route(router, services, contract.setFunction, async ({ ctx, caller, params, body, answerKeys }) => {
    const productId = knownProductId(params.product_id);
    const { function_code: functionCode, label, quantity, active = true } = body;
    const wanted = { functionCode, label, quantity, active };
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await setFunction(fork(), by, productId, wanted, (tx) =>
      readProduct(tx, productId),
    );
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  });

  route(router, services, contract.getPrices, async ({ params }) => ({
    status: 200,
    body: await readPrices(fork(), knownProductId(params.product_id)),
  }));

  type Asked = { ctx: Context; caller: Caller; params: { product_id: string }; answerKeys: AnswerKey[] };
  const publish = async ({ ctx, caller, params, answerKeys }: Asked, edit: PriceEdit) => {
    const productId = knownProductId(params.product_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await publishPrices(fork(), by, productId, edit, (tx) =>
      readPrices(tx, productId),
    );
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  };
  route(router, services, contract.setPrices, (asked) => publish(asked, toPriceChange(asked.body)));
  route(router, services, contract.setSpecialDate, (asked) => publish(asked, toSpecialDate(asked.body)));
  route(router, services, contract.removeSpecialDate, (asked) =>
    publish(asked, { edit: 'remove_special_date', date: asked.params.date }),
  );
  route(router, services, contract.setAddon, (asked) =>
    publish(asked, { edit: 'set_addon', addon: toAddon(asked.body) }),
  );
  route(router, services, contract.removeAddon, (asked) =>
    publish(asked, { edit: 'remove_addon', addonId: asked.params.addon_id }),
  );
}
