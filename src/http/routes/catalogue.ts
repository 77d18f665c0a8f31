import type { Router } from '@koa/router';
import { getCatalog, getInventory } from '../../contract/inventory.ts';
import { calculatePrice, getPriceRules } from '../../contract/pricing.ts';
import { Product } from '../../db/entities/catalogue.ts';
import { findPriceRules } from '../../db/queries/price-rules.ts';
import { type ProductOnSale, readShelf } from '../../db/queries/read-shelf.ts';
import { Together } from '../../db/together.ts';
import { availableIn } from '../../domain/allotment.ts';
import { daysBetween, isDate } from '../../domain/calendar.ts';
import { type FieldProblem, invalid, notFound, Refusal } from '../../domain/errors.ts';
import { customerTypes, type PriceRules, quote } from '../../domain/pricing.ts';
import { moneyOf, presentProductPrices, presentQuote, presentRules } from '../present/prices.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';
import { toQuoteRequest } from '../quote-request.ts';

const MAX_RANGE_DAYS = 366;

export function catalogueRoutes(router: Router, services: Services): void {
  const { fork, now } = services;
  // Everybody who asks at the same time looks at the same shelf.
  const shelf = new Together<void, ProductOnSale[]>(async (asked) => {
    const products = await readShelf(fork());
    return asked.map(() => products);
  });

  route(
    router,
    services,
    getInventory,
    async ({ query, caller }) => {
      const { chosen, range } = checkedQuery(await shelf.ask(), query.product_ids, query.date_range);
      const currency = chosen[0]?.rules ?? { currency: 'HKD', currencyPrecision: 2 };
      return {
        status: 200,
        body: {
          available_quantities: Object.fromEntries(
            chosen.map(({ productId, allocations }) => [productId, availableIn(allocations, caller.channel)]),
          ),
          pricing_context: {
            currency: currency.currency,
            currency_precision: currency.currencyPrecision,
            customer_types: [...customerTypes],
            products: Object.fromEntries(
              chosen.map(({ productId, name, rules }) => [
                productId,
                presentProductPrices(name, rules, range),
              ]),
            ),
          },
          as_of: now().toISOString(),
        },
      };
    },
    async (_, query) => {
      try {
        checkedQuery(await shelf.ask(), query.product_ids, [query.date_range].flat()[0]);
        return [];
      } catch (error) {
        if (error instanceof Refusal) return error.fields;
        throw error;
      }
    },
  );

  route(router, services, getCatalog, async () => ({
    status: 200,
    body: {
      products: (await readProducts(services)).map((product) => ({
        product_id: product.productId,
        name: product.name,
        description: product.description,
        entitlements: product.entitlements,
        prices: {
          ...presentProductPrices(product.name, product.rules),
          from: moneyOf(product.rules)(lowestPrice(product.rules)),
        },
        available_quantity: availableIn(product.allocations, 'direct'),
      })),
      as_of: now().toISOString(),
    },
  }));

  route(router, services, calculatePrice, async ({ body }) => {
    const rules = await readRules(services, body.product_id);
    const priced = quote(rules, toQuoteRequest(body));
    if ('problems' in priced) throw invalid(priced.problems);
    return { status: 200, body: presentQuote(body.product_id, priced.quote) };
  });

  route(router, services, getPriceRules, async ({ params }) => {
    const productId = /^\d{1,9}$/.test(params.product_id) ? Number(params.product_id) : undefined;
    if (productId === undefined) throw notFound('product', params.product_id);
    const rules = await readRules(services, productId);
    return { status: 200, body: presentRules(productId, rules) };
  });
}

/** The active products with what callers see of them. */
async function readProducts({ fork }: Services) {
  const products = await fork().find(
    Product,
    { active: true, priceList: { $ne: null } },
    { populate: ['priceList', 'inventory', 'functions'], orderBy: { productId: 'asc' } },
  );
  return products.map((product) => ({
    productId: product.productId,
    name: product.name,
    description: product.description,
    rules: product.priceList?.rules as PriceRules,
    allocations: product.inventory?.channelAllocations ?? {},
    entitlements: product.functions
      .getItems()
      .filter((entitlement) => entitlement.active)
      .map(({ functionCode, label, quantity }) => ({ function_code: functionCode, label, quantity })),
  }));
}

/** The published prices of a product on sale. */
async function readRules({ fork }: Services, productId: number): Promise<PriceRules> {
  const em = fork();
  const product = await em.findOne(Product, { productId, active: true });
  const listId = product?.priceList?.priceListId;
  if (listId === undefined) throw notFound('product', String(productId));
  return findPriceRules(em, listId);
}

function checkedQuery(
  products: ProductOnSale[],
  productIds: string | string[] | undefined,
  dateRange: string | undefined,
): { chosen: ProductOnSale[]; range?: { from: string; to: string } } {
  const problems: FieldProblem[] = [];
  const asked = productIds === undefined ? undefined : [productIds].flat().flatMap((list) => list.split(','));
  const unknown = asked?.filter(
    (text) => !products.some(({ productId }) => String(productId) === text.trim()),
  );
  for (const text of unknown ?? []) {
    problems.push({ path: ['product_ids'], message: `There is no product "${text.trim()}" on sale.` });
  }
  const range = dateRange === undefined ? undefined : readRange(dateRange);
  if (typeof range === 'string') problems.push({ path: ['date_range'], message: range });
  const beyond =
    typeof range === 'object' &&
    products.find(({ rules }) => range.from < rules.calendarFrom || range.to > rules.calendarTo);
  if (beyond) {
    const { calendarFrom, calendarTo } = beyond.rules;
    const message = `reaches beyond the published prices, ${calendarFrom} to ${calendarTo}`;
    problems.push({ path: ['date_range'], message });
  }
  if (problems.length > 0) throw invalid(problems);
  const chosen = asked
    ? products.filter(({ productId }) => asked.some((text) => text.trim() === String(productId)))
    : products;
  return typeof range === 'object' ? { chosen, range } : { chosen };
}

function readRange(text: string): { from: string; to: string } | string {
  const [from = '', to = '', ...rest] = text.split('/');
  if (rest.length > 0 || !isDate(from) || !isDate(to)) {
    return 'must be two dates, like 2026-12-01/2026-12-31';
  }
  if (to < from) return 'must not end before it begins';
  if (daysBetween(from, to) + 1 > MAX_RANGE_DAYS) return `must be at most ${MAX_RANGE_DAYS} days`;
  return { from, to };
}

const lowestPrice = (rules: PriceRules): number =>
  Math.min(...Object.values(rules.unitPrices).flatMap(({ weekday, weekend }) => [weekday, weekend]));
