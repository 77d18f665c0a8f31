import type { Router } from '@koa/router';
import { addCutOffRule, removeCutOffRule, ruleProblems } from '../../accept/cut-off-rules.ts';
import { moveAllocation, setAllocations } from '../../accept/move-allocation.ts';
import * as contract from '../../contract/admin-channels.ts';
import { date, productId as productIdSchema } from '../../contract/values.ts';
import { Product, ProductInventory } from '../../db/entities/catalogue.ts';
import { CutOffRule } from '../../db/entities/operator.ts';
import { BEFORE_THE_FIRST, pageOf } from '../lists.ts';
import { presentCutOffRule, presentInventory, presentPool, presentPools } from '../present/operators.ts';
import { knownProductId, knownUuid, readCutOffRule } from '../read-operators.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** The pools of the channels, and the rules that give units back to `direct`. */
export function adminChannelRoutes(router: Router, services: Services): void {
  const { config, fork } = services;

  route(router, services, contract.listInventory, async ({ query }) => {
    const found = await fork().find(
      ProductInventory,
      { product: { productId: { $gt: query.cursor ?? 0 } } },
      { populate: ['product'], orderBy: { product: { productId: 'asc' } }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ product }) => String(product.productId));
    return { status: 200, body: { items: items.map(presentInventory), next_cursor } };
  });

  route(router, services, contract.setAllocations, async ({ ctx, caller, params, body, answerKeys }) => {
    const productId = knownProductId(params.product_id);
    const { result, replayed } = await setAllocations(fork(), acceptingFor(ctx, caller, answerKeys), {
      productId,
      sellableCap: body.sellable_cap ?? null,
      allocations: body.allocations ?? {},
    });
    const product = await fork().findOneOrFail(Product, { productId });
    return { status: 200, body: presentPools(product, result), headers: replayedHeader(replayed) };
  });

  route(router, services, contract.moveAllocation, async ({ ctx, caller, body, answerKeys }) => {
    const { product_id: productId, from, to, units } = body;
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await moveAllocation(fork(), by, { productId, from, to, units });
    return {
      status: 200,
      body: { product_id: productId, units, from: presentPool(result, from), to: presentPool(result, to) },
      headers: replayedHeader(replayed),
    };
  });

  route(router, services, contract.listCutOffRules, async ({ query }) => {
    const found = await fork().find(
      CutOffRule,
      { ruleId: { $lt: query.cursor ?? BEFORE_THE_FIRST } },
      { orderBy: { ruleId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ ruleId }) => ruleId);
    return { status: 200, body: { items: items.map(presentCutOffRule), next_cursor } };
  });

  route(
    router,
    services,
    contract.addCutOffRule,
    async ({ ctx, caller, body, answerKeys }) => {
      const rule = {
        productId: body.product_id,
        channel: body.channel,
        cutOffDate: body.cut_off_date,
        daysBefore: body.days_before,
        keep: body.keep ?? 0,
      };
      const by = acceptingFor(ctx, caller, answerKeys);
      const { result, replayed } = await addCutOffRule(fork(), by, rule, config.timeZone, readCutOffRule);
      return { status: 201, body: result, headers: replayedHeader(replayed) };
    },
    (body) => {
      const { product_id: product, cut_off_date: cutOff } = body;
      const told = {
        productId: productIdSchema.safeParse(product).data,
        cutOffDate: date.safeParse(cutOff).data,
      };
      return ruleProblems(fork(), told, config.timeZone);
    },
  );

  route(router, services, contract.removeCutOffRule, async ({ ctx, caller, params }) => {
    const ruleId = knownUuid('cut-off rule', params.rule_id);
    const rule = await readCutOffRule(fork(), ruleId);
    await removeCutOffRule(fork(), acceptingFor(ctx, caller), ruleId);
    return { status: 200, body: rule };
  });
}
