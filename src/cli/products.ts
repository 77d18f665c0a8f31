import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { changeProduct, createProduct, setFunction } from '../accept/manage-products.ts';
import * as contract from '../contract/admin-products.ts';
import { Product } from '../db/entities/catalogue.ts';
import { toNewProduct } from '../http/operator-requests.ts';
import { presentProduct } from '../http/present/operators.ts';
import { knownProductId, readProduct } from '../http/read-operators.ts';
import { print, table, withExamples } from './output.ts';
import { checked, type DatabaseOptions, numberOf, onDatabase, UsageError, withDatabase } from './session.ts';

/** `allotment products …` */
export function productCommands(program: Command): void {
  const products = withExamples(
    program.command('products').description('what is sold'),
    'allotment products list',
    'allotment products set --product 106 --off-sale',
  );

  onDatabase(products.command('list').description('all products'), 'allotment products list').action(
    (options: DatabaseOptions) =>
      withDatabase(options, async ({ em }) => {
        const order = { orderBy: { productId: 'asc' } } as const;
        const found = await em.find(Product, {}, { populate: ['functions'], ...order });
        const shown = found.map(presentProduct);
        const rows = shown.map((product) => ({
          ...product,
          functions: product.functions
            .filter(({ active }) => active)
            .map(({ function_code, quantity }) => `${function_code}×${quantity}`),
        }));
        print(options, shown, () => table(rows, ['product_id', 'name', 'active', 'functions']));
      }),
  );

  onDatabase(
    products.command('create').description('put a product on sale, described by a JSON file'),
    'allotment products create night-plan.json',
    `allotment products create - <<'JSON'
{ "product_id": 109, "name": "Night Plan", "sellable_cap": 500, "allocations": { "direct": 300, "ota": 200 },
  "functions": [{ "function_code": "ferry", "label": "Ferry", "quantity": 1 }],
  "prices": { "unit_prices": { "adult": { "weekday": 28800, "weekend": 31800 },
    "child": { "weekday": 18800, "weekend": 18800 }, "elderly": { "weekday": 18800, "weekend": 18800 } } } }
JSON`,
  )
    .argument('<file>', 'as the body of POST /api/admin/products; - for standard input')
    .action((file: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        const product = toNewProduct(checked(contract.createProduct.body, readJson(file)));
        const { result } = await createProduct(em, by, product, (tx) => readProduct(tx, product.productId));
        print(options, result, () => `Product ${product.productId} is on sale.`);
      }),
    );

  type Change = DatabaseOptions & {
    name?: string;
    description?: string;
    onSale?: boolean;
    offSale?: boolean;
  };
  onDatabase(
    products.command('set').description('rename a product, or take it on or off sale'),
    'allotment products set --product 106 --name "Premium Plan 2027"',
    'allotment products set --product 106 --off-sale',
  )
    .requiredOption('--product <id>', 'which product')
    .option('--name <name>', 'what people call it')
    .option('--description <text>', 'for those who buy')
    .option('--on-sale', 'new holds and orders may be made')
    .option('--off-sale', 'holds and orders that exist are carried through')
    .action((options: Change & { product: string }) =>
      withDatabase(options, async ({ em, by }) => {
        const { name, description, onSale, offSale } = options;
        if (onSale && offSale) throw new UsageError('Give either --on-sale or --off-sale.');
        const active = onSale ? true : offSale ? false : undefined;
        const change = checked(contract.changeProduct.body, { name, description, active });
        if (Object.keys(change).length === 0) throw new UsageError('Say what to change; see --help.');
        const productId = knownProductId(options.product);
        const { result: product } = await changeProduct(em, by, productId, change, (tx) =>
          readProduct(tx, productId),
        );
        print(
          options,
          product,
          () => `Product ${productId}, ${product.name}, is ${product.active ? 'on' : 'off'} sale.`,
        );
      }),
    );

  entitlementCommand(products);
}

function entitlementCommand(products: Command): void {
  type Change = DatabaseOptions & {
    product: string;
    function: string;
    label?: string;
    quantity?: number;
    remove?: boolean;
  };
  onDatabase(
    products.command('set-function').description('add an entitlement to a product, or change one'),
    'allotment products set-function --product 106 --function tram --label "Tram ride" --quantity 2',
    'allotment products set-function --product 106 --function tram --remove',
  )
    .requiredOption('--product <id>', 'which product')
    .requiredOption('--function <code>', 'such as ferry')
    .option('--label <label>', 'what the ticket says; needed for a new one')
    .option('--quantity <count>', 'how often a ticket admits; needed for a new one', numberOf)
    .option('--remove', 'new tickets carry it no more')
    .action((options: Change) =>
      withDatabase(options, async ({ em, by }) => {
        const productId = knownProductId(options.product);
        const present = (await readProduct(em, productId)).functions.find(
          ({ function_code }) => function_code === options.function,
        );
        const body = checked(contract.setFunction.body, {
          function_code: options.function,
          label: options.label ?? present?.label,
          quantity: options.quantity ?? present?.quantity,
        });
        const { function_code: functionCode, label, quantity } = body;
        const wanted = { functionCode, label, quantity, active: options.remove !== true };
        const { result } = await setFunction(em, by, productId, wanted, (tx) => readProduct(tx, productId));
        print(options, result, () =>
          table(result.functions, ['function_code', 'label', 'quantity', 'active']),
        );
      }),
    );
}

function readJson(file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (typeof value !== 'object' || value === null) throw new UsageError(`${file} holds no JSON object.`);
  return value;
}
