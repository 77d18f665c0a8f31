import type { Command } from 'commander';
import { eraseCustomer } from '../accept/erase-customer.ts';
import { addVenue, removeVenue } from '../accept/manage-venues.ts';
import * as contract from '../contract/admin-venues.ts';
import { Venue } from '../db/entities/operator.ts';
import { presentVenue } from '../http/present/operators.ts';
import { knownUuid, readVenue } from '../http/read-operators.ts';
import { counted, print, table, withExamples } from './output.ts';
import { checked, type DatabaseOptions, onDatabase, UsageError, withDatabase } from './session.ts';

/** `allotment venues …` and `allotment customers …` */
export function venueCommands(program: Command): void {
  const venues = withExamples(
    program.command('venues').description('places with a gate'),
    'allotment venues add pier-1 --name "Pier 1"',
  );

  onDatabase(venues.command('list').description('all venues'), 'allotment venues list').action(
    (options: DatabaseOptions) =>
      withDatabase(options, async ({ em }) => {
        const found = (await em.find(Venue, {}, { orderBy: { venueCode: 'asc' } })).map(presentVenue);
        print(options, found, () => table(found, ['venue_code', 'name']));
      }),
  );

  onDatabase(
    venues.command('add').description('add a venue; from the first one on, scans may name no others'),
    'allotment venues add pier-1 --name "Pier 1"',
  )
    .argument('<venue-code>', 'such as pier-1')
    .requiredOption('--name <name>', 'what people call it')
    .action((code: string, options: DatabaseOptions & { name: string }) =>
      withDatabase(options, async ({ em, by }) => {
        const { name } = options;
        const { venue_code: venueCode } = checked(contract.addVenue.body, { venue_code: code, name });
        const { result } = await addVenue(em, by, { venueCode, name }, (tx) => readVenue(tx, venueCode));
        print(options, result, () => `Venue ${venueCode} is added.`);
      }),
    );

  onDatabase(
    venues.command('remove').description('remove a venue that no live key is limited to'),
    'allotment venues remove pier-1',
  )
    .argument('<venue-code>')
    .action((venueCode: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        await removeVenue(em, by, venueCode);
        print(options, { venue_code: venueCode }, () => `Venue ${venueCode} is removed.`);
      }),
    );

  const customers = withExamples(
    program.command('customers').description('personal data of those who bought'),
    'allotment customers erase --email guest@example.com',
  );
  type Whose = DatabaseOptions & { order?: string; email?: string };
  onDatabase(
    customers.command('erase').description('erase personal data; orders, money and tickets stay'),
    'allotment customers erase --order 01a20754-ba5f-7605-8211-5586c6c2f9c5',
    'allotment customers erase --email guest@example.com',
  )
    .option('--order <order-id>', 'of one order')
    .option('--email <address>', 'of every order with this address')
    .action((options: Whose) =>
      withDatabase(options, async ({ em, by }) => {
        const { order: order_id, email } = options;
        if ((order_id === undefined) === (email === undefined)) {
          throw new UsageError('Say whose data: give either --order or --email.');
        }
        const asked = checked(contract.eraseCustomer.body, { order_id, email });
        const whose =
          asked.order_id === undefined
            ? { email: asked.email ?? '' }
            : { orderId: knownUuid('order', asked.order_id) };
        const { result } = await eraseCustomer(em, by, whose, (_, orders) => ({ orders_erased: orders }));
        print(options, result, () => `Personal data erased from ${counted(result.orders_erased, 'order')}.`);
      }),
    );
}
