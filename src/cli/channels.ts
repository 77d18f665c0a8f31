import type { Command } from 'commander';
import { addCutOffRule, removeCutOffRule } from '../accept/cut-off-rules.ts';
import { moveAllocation, setAllocations } from '../accept/move-allocation.ts';
import * as contract from '../contract/admin-channels.ts';
import { ProductInventory } from '../db/entities/catalogue.ts';
import { CutOffRule } from '../db/entities/operator.ts';
import { presentCutOffRule, presentInventory, presentPool } from '../http/present/operators.ts';
import { knownProductId, knownUuid, readCutOffRule, readInventory } from '../http/read-operators.ts';
import { print, table, withExamples } from './output.ts';
import {
  businessZone,
  checked,
  type DatabaseOptions,
  listOf,
  numberOf,
  onDatabase,
  UsageError,
  withDatabase,
} from './session.ts';

const poolColumns = ['channel', 'allocated', 'reserved', 'sold', 'free'];

/** `allotment channels …` */
export function channelCommands(program: Command): void {
  const channels = withExamples(
    program.command('channels').description("the channels' pools of each product"),
    'allotment channels show --product 106',
    'allotment channels move --product 106 --from ota --to direct --units 100',
  );

  onDatabase(
    channels.command('show').description('allocated, reserved, sold and free units'),
    'allotment channels show',
    'allotment channels show --product 106',
  )
    .option('--product <id>', 'one product')
    .action((options: DatabaseOptions & { product?: string }) =>
      withDatabase(options, async ({ em }) => {
        const { product } = options;
        const order = { orderBy: { product: { productId: 'asc' } } } as const;
        const found =
          product === undefined
            ? (await em.find(ProductInventory, {}, { populate: ['product'], ...order })).map(presentInventory)
            : [await readInventory(em, knownProductId(product))];
        const rows = found.flatMap(({ product_id, sellable_cap, channels: pools }) =>
          pools.map((pool) => ({ product_id, sellable_cap, ...pool })),
        );
        print(options, found, () => table(rows, ['product_id', 'sellable_cap', ...poolColumns]));
      }),
    );

  type Move = DatabaseOptions & { product: number; from: string; to: string; units: number };
  onDatabase(
    channels.command('move').description('move free units from one channel to another'),
    'allotment channels move --product 106 --from ota --to direct --units 100',
  )
    .requiredOption('--product <id>', 'which product', numberOf)
    .requiredOption('--from <channel>', 'which gives its free units')
    .requiredOption('--to <channel>', 'begins with nothing where it is new')
    .requiredOption('--units <count>', 'all of them or none are moved', numberOf)
    .action((options: Move) =>
      withDatabase(options, async ({ em, by }) => {
        const { product_id, from, to, units } = checked(contract.moveAllocation.body, {
          product_id: options.product,
          from: options.from,
          to: options.to,
          units: options.units,
        });
        const { result } = await moveAllocation(em, by, { productId: product_id, from, to, units });
        const pools = { from: presentPool(result, from), to: presentPool(result, to) };
        print(options, { product_id, units, ...pools }, () =>
          [`Moved ${units} units of product ${product_id}.`, table([pools.from, pools.to], poolColumns)].join(
            '\n',
          ),
        );
      }),
    );

  type Targets = DatabaseOptions & { product: string; cap?: number; allocate?: string[] };
  onDatabase(
    channels.command('set').description("set a product's cap, or what channels are allocated"),
    'allotment channels set --product 106 --cap 3200 --allocate ota=2100,direct=1100',
  )
    .requiredOption('--product <id>', 'which product')
    .option('--cap <units>', 'the most that all channels have together', numberOf)
    .option('--allocate <channel=units>', 'with commas, or repeated', listOf)
    .action((options: Targets) =>
      withDatabase(options, async ({ em, by }) => {
        if (options.cap === undefined && !options.allocate) {
          throw new UsageError('Say what to set: --cap, --allocate or both.');
        }
        const body = checked(contract.setAllocations.body, {
          sellable_cap: options.cap,
          allocations: options.allocate && Object.fromEntries(options.allocate.map(allocationOf)),
        });
        const productId = knownProductId(options.product);
        const { sellable_cap: sellableCap = null, allocations = {} } = body;
        await setAllocations(em, by, { productId, sellableCap, allocations });
        const after = await readInventory(em, productId);
        print(options, after, () =>
          [
            `Product ${productId}: cap ${after.sellable_cap}, ${after.unallocated} of it unallocated.`,
            table(after.channels, poolColumns),
          ].join('\n'),
        );
      }),
    );

  cutOffCommands(program);
}

function allocationOf(text: string): [string, number] {
  const [channel = '', units = ''] = text.split('=');
  return [channel, numberOf(units)];
}

/** `allotment cut-off …` */
function cutOffCommands(program: Command): void {
  const rules = withExamples(
    program
      .command('cut-off')
      .description('rules that return unsold units to direct some days before a date'),
    'allotment cut-off list',
  );
  const columns = [
    'rule_id',
    'product_id',
    'channel',
    'cut_off_date',
    'days_before',
    'keep',
    'applied_at',
    'moved_units',
  ];

  onDatabase(rules.command('list').description('all rules, newest first'), 'allotment cut-off list').action(
    (options: DatabaseOptions) =>
      withDatabase(options, async ({ em }) => {
        const found = await em.find(CutOffRule, {}, { orderBy: { ruleId: 'desc' } });
        const shown = found.map(presentCutOffRule);
        print(options, shown, () => table(shown, columns));
      }),
  );

  type New = DatabaseOptions & {
    product: number;
    channel: string;
    date: string;
    daysBefore: number;
    keep: number;
    timeZone: string;
  };
  onDatabase(
    rules.command('add').description('add a rule; the worker applies it once, when its day has come'),
    'allotment cut-off add --product 106 --channel ota --date 2026-12-24 --days-before 7 --keep 20',
  )
    .requiredOption('--product <id>', 'which product', numberOf)
    .requiredOption('--channel <channel>', 'which gives its free units back')
    .requiredOption('--date <date>', 'YYYY-MM-DD, today or later')
    .requiredOption('--days-before <days>', 'how long before that date', numberOf)
    .option('--keep <units>', 'free units that stay with the channel', numberOf, 0)
    .option('--time-zone <zone>', 'of the business; ALLOTMENT_TIME_ZONE when absent', businessZone())
    .action((options: New) =>
      withDatabase(options, async ({ em, by }) => {
        const body = checked(contract.addCutOffRule.body, {
          product_id: options.product,
          channel: options.channel,
          cut_off_date: options.date,
          days_before: options.daysBefore,
          keep: options.keep,
        });
        const rule = {
          productId: body.product_id,
          channel: body.channel,
          cutOffDate: body.cut_off_date,
          daysBefore: body.days_before,
          keep: body.keep ?? 0,
        };
        const { result } = await addCutOffRule(em, by, rule, options.timeZone, readCutOffRule);
        print(options, result, () => table([result], columns));
      }),
    );

  onDatabase(
    rules.command('remove').description('remove a rule; what it has moved stays moved'),
    'allotment cut-off remove 01a20754-ba5f-7605-8211-5586c6c2f9c5',
  )
    .argument('<rule-id>')
    .action((id: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        const ruleId = knownUuid('cut-off rule', id);
        await removeCutOffRule(em, by, ruleId);
        print(options, { rule_id: ruleId }, () => `Rule ${ruleId} is removed.`);
      }),
    );
}
