import type { Command } from 'commander';
import { type PriceEdit, publishPrices } from '../accept/publish-prices.ts';
import * as contract from '../contract/admin-products.ts';
import { customerTypes } from '../domain/pricing.ts';
import { toAddon, toPriceChange, toSpecialDate } from '../http/operator-requests.ts';
import { knownProductId, readPrices } from '../http/read-operators.ts';
import { amount, print, table, withExamples } from './output.ts';
import {
  checked,
  type DatabaseOptions,
  listOf,
  numberOf,
  onDatabase,
  type Session,
  UsageError,
  withDatabase,
} from './session.ts';

type OfProduct = DatabaseOptions & { product: string };
type Prices = Awaited<ReturnType<typeof readPrices>>;

/** `allotment prices …`, `special-dates …` and `add-ons …`: each change publishes a new price list. */
export function priceCommands(program: Command): void {
  const prices = withExamples(
    program.command('prices').description('what new holds are promised; old ones keep theirs'),
    'allotment prices show --product 106',
  );

  ofProduct(
    prices.command('show').description('the published prices of a product'),
    'allotment prices show --product 106',
  ).action((options: OfProduct) =>
    withDatabase(options, async ({ em }) => {
      const found = await readPrices(em, knownProductId(options.product));
      print(options, found, () => describe(found));
    }),
  );

  type Change = OfProduct & { adult?: string; child?: string; elderly?: string };
  ofProduct(
    prices.command('set').description('new unit prices; customer types that are not named keep theirs'),
    'allotment prices set --product 106 --adult 288/318 --child 188',
  )
    .option('--adult <price>', 'weekday/weekend, or one price for both')
    .option('--child <price>', 'likewise')
    .option('--elderly <price>', 'likewise')
    .action((options: Change) =>
      withDatabase(options, async (session) => {
        const { currency_precision: precision } = await readPrices(
          session.em,
          knownProductId(options.product),
        );
        const named = customerTypes.flatMap((type) => {
          const text = options[type];
          return text === undefined ? [] : [[type, dayPrices(text, precision)] as const];
        });
        if (named.length === 0) throw new UsageError('Say which prices to change; see --help.');
        const body = checked(contract.setPrices.body, { unit_prices: Object.fromEntries(named) });
        await publish(session, options, toPriceChange(body));
      }),
    );

  specialDateCommands(program);
  addonCommands(program);
}

function specialDateCommands(program: Command): void {
  const dates = withExamples(
    program.command('special-dates').description('dates on which adults pay another price'),
    'allotment special-dates add --product 106 --date 2026-12-31 --multiplier 1.5',
  );
  type Date = OfProduct & { date: string; multiplier: number };
  ofProduct(
    dates.command('add').description('make a date special, or change its multiplier'),
    'allotment special-dates add --product 106 --date 2026-12-31 --multiplier 1.5',
  )
    .requiredOption('--date <date>', 'YYYY-MM-DD')
    .requiredOption('--multiplier <factor>', 'of the adult weekday price, such as 1.5', numberOf)
    .action((options: Date) =>
      withDatabase(options, (session) => {
        const { date, multiplier } = options;
        const edit = toSpecialDate(checked(contract.setSpecialDate.body, { date, multiplier }));
        return publish(session, options, edit);
      }),
    );
  ofProduct(
    dates.command('remove').description('make a date an ordinary one again'),
    'allotment special-dates remove --product 106 --date 2026-12-31',
  )
    .requiredOption('--date <date>', 'YYYY-MM-DD')
    .action((options: Date) =>
      withDatabase(options, (session) =>
        publish(session, options, { edit: 'remove_special_date', date: options.date }),
      ),
    );
}

function addonCommands(program: Command): void {
  const addons = withExamples(
    program.command('add-ons').description('what can be bought with a ticket'),
    'allotment add-ons remove --product 106 --addon tokens-plan-d',
  );
  type Addon = OfProduct & { addon: string; label: string; price: string; entitlement: string[] };
  ofProduct(
    addons.command('add').description('offer an add-on, or change one'),
    'allotment add-ons add --product 106 --addon tokens-plan-d --label "40 tokens" --price 330 --entitlement playground_tokens=40',
  )
    .requiredOption('--addon <id>', 'such as tokens-plan-a')
    .requiredOption('--label <label>', 'what people call it')
    .requiredOption('--price <price>', 'per unit, such as 100')
    .requiredOption('--entitlement <function=count>', 'what it adds, with commas or repeated', listOf)
    .action((options: Addon) =>
      withDatabase(options, async (session) => {
        const { currency_precision: precision } = await readPrices(
          session.em,
          knownProductId(options.product),
        );
        const body = checked(contract.setAddon.body, {
          addon_id: options.addon,
          label: options.label,
          unit_price: toMinor(options.price, precision),
          entitlements: options.entitlement.map((text) => {
            const [code = '', count = ''] = text.split('=');
            return { function_code: code, quantity: numberOf(count) };
          }),
        });
        await publish(session, options, { edit: 'set_addon', addon: toAddon(body) });
      }),
    );
  ofProduct(
    addons.command('remove').description('offer an add-on no more'),
    'allotment add-ons remove --product 106 --addon tokens-plan-d',
  )
    .requiredOption('--addon <id>', 'such as tokens-plan-a')
    .action((options: Addon) =>
      withDatabase(options, (session) =>
        publish(session, options, { edit: 'remove_addon', addonId: options.addon }),
      ),
    );
}

const ofProduct = (command: Command, ...examples: string[]): Command =>
  onDatabase(command, ...examples).requiredOption('--product <id>', 'which product');

async function publish({ em, by }: Session, options: OfProduct, edit: PriceEdit): Promise<void> {
  const productId = knownProductId(options.product);
  const { result } = await publishPrices(em, by, productId, edit, (tx) => readPrices(tx, productId));
  print(options, result, () => describe(result));
}

function describe(prices: Prices): string {
  const money = (minor: number) => amount(minor, prices.currency_precision);
  const units = Object.entries(prices.unit_prices).map(([type, { weekday, weekend }]) => ({
    customer_type: type,
    weekday: money(weekday),
    weekend: money(weekend),
  }));
  const addons = prices.addons.map((addon) => ({ ...addon, unit_price: money(addon.unit_price) }));
  return [
    `Product ${prices.product_id}, price list ${prices.price_list_id}, in ${prices.currency}`,
    table(units, ['customer_type', 'weekday', 'weekend']),
    '',
    table(prices.special_dates, ['date', 'multiplier'], 'No special dates.'),
    '',
    table(addons, ['addon_id', 'unit_price', 'label'], 'No add-ons.'),
  ].join('\n');
}

function dayPrices(text: string, precision: number) {
  const [weekday = '', weekend = weekday] = text.split('/');
  return { weekday: toMinor(weekday, precision), weekend: toMinor(weekend, precision) };
}

/** Decimal digits as minor units, without floating point; what is no amount is left to the contract to refuse. */
function toMinor(text: string, precision: number): number {
  const [whole = '', decimals = ''] = text.trim().split('.');
  const isAmount = /^\d{1,9}(\.\d+)?$/.test(text.trim()) && decimals.length <= precision;
  return isAmount ? Number(whole + decimals.padEnd(precision, '0')) : Number.NaN;
}
