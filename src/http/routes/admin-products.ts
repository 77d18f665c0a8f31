import type { Router } from '@koa/router';
import { changeProduct, createProduct, setFunction } from '../../accept/manage-products.ts';
import { type PriceEdit, publishPrices } from '../../accept/publish-prices.ts';
import * as contract from '../../contract/admin-products.ts';
import { Product } from '../../db/entities/catalogue.ts';
import { pageOf, readCursor } from '../lists.ts';
import { toAddon, toNewProduct, toPriceChange, toSpecialDate } from '../operator-requests.ts';
import { presentProduct } from '../present/operators.ts';
import { knownProductId, readPrices, readProduct } from '../read-operators.ts';
import { acceptingFor, route } from '../route.ts';
import type { Services } from '../services.ts';

/** Products, their entitlements and their prices. */
export function adminProductRoutes(router: Router, services: Services): void {
  const { fork } = services;

  route(router, services, contract.listProducts, async ({ query }) => {
    const found = await fork().find(
      Product,
      { productId: { $gt: readCursor(query.cursor) } },
      { populate: ['functions'], orderBy: { productId: 'asc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ productId }) => String(productId));
    return { status: 200, body: { items: items.map(presentProduct), next_cursor } };
  });

  route(router, services, contract.createProduct, async ({ ctx, caller, body }) => {
    await createProduct(fork(), acceptingFor(ctx, caller), toNewProduct(body));
    const headers = { Location: `/api/admin/products/${body.product_id}` };
    return { status: 201, body: await readProduct(fork(), body.product_id), headers };
  });

  route(router, services, contract.getProduct, async ({ params }) => ({
    status: 200,
    body: await readProduct(fork(), knownProductId(params.product_id)),
  }));

  route(router, services, contract.changeProduct, async ({ ctx, caller, params, body }) => {
    const productId = knownProductId(params.product_id);
    await changeProduct(fork(), acceptingFor(ctx, caller), productId, body);
    return { status: 200, body: await readProduct(fork(), productId) };
  });

  route(router, services, contract.setFunction, async ({ ctx, caller, params, body }) => {
    const productId = knownProductId(params.product_id);
    const { function_code: functionCode, label, quantity, active = true } = body;
    const wanted = { functionCode, label, quantity, active };
    await setFunction(fork(), acceptingFor(ctx, caller), productId, wanted);
    return { status: 200, body: await readProduct(fork(), productId) };
  });

  route(router, services, contract.getPrices, async ({ params }) => ({
    status: 200,
    body: await readPrices(fork(), knownProductId(params.product_id)),
  }));

  type Ctx = Parameters<typeof acceptingFor>[0];
  type Caller = Parameters<typeof acceptingFor>[1];
  const publish = async (ctx: Ctx, caller: Caller, id: string, edit: PriceEdit) => {
    const productId = knownProductId(id);
    await publishPrices(fork(), acceptingFor(ctx, caller), productId, edit);
    return { status: 200, body: await readPrices(fork(), productId) };
  };
  route(router, services, contract.setPrices, ({ ctx, caller, params, body }) =>
    publish(ctx, caller, params.product_id, toPriceChange(body)),
  );
  route(router, services, contract.setSpecialDate, ({ ctx, caller, params, body }) =>
    publish(ctx, caller, params.product_id, toSpecialDate(body)),
  );
  route(router, services, contract.removeSpecialDate, ({ ctx, caller, params }) =>
    publish(ctx, caller, params.product_id, { edit: 'remove_special_date', date: params.date }),
  );
  route(router, services, contract.setAddon, ({ ctx, caller, params, body }) =>
    publish(ctx, caller, params.product_id, { edit: 'set_addon', addon: toAddon(body) }),
  );
  route(router, services, contract.removeAddon, ({ ctx, caller, params }) =>
    publish(ctx, caller, params.product_id, { edit: 'remove_addon', addonId: params.addon_id }),
  );
}
