import type { Command } from 'commander';
import { eraseCustomer } from '../accept/erase-customer.ts';
import { addVenue, removeVenue } from '../accept/manage-venues.ts';
import * as contract from '../contract/admin-venues.ts';
import { Venue } from '../db/entities/operator.ts';
import { presentVenue } from '../http/present/operators.ts';
import { knownUuid } from '../http/read-operators.ts';
import { print, table } from './output.ts';
import { checked, type DatabaseOptions, onDatabase, withDatabase } from './session.ts';

/** `allotment venues …` and `allotment customers …` */
export function venueCommands(program: Command): void {
  const venues = program.command('venues').description('places with a gate');

  onDatabase(venues.command('list').description('all venues')).action((options: DatabaseOptions) =>
    withDatabase(options, async ({ em }) => {
      const found = (await em.find(Venue, {}, { orderBy: { venueCode: 'asc' } })).map(presentVenue);
      print(options, found, () => table(found, ['venue_code', 'name']));
    }),
  );

  onDatabase(
    venues.command('add').description('add a venue; from the first one on, scans may name no others'),
  )
    .argument('<venue-code>', 'such as pier-1')
    .requiredOption('--name <name>', 'what people call it')
    .action((code: string, options: DatabaseOptions & { name: string }) =>
      withDatabase(options, async ({ em, by }) => {
        const { name } = options;
        const { venue_code: venueCode } = checked(contract.addVenue.body, { venue_code: code, name });
        await addVenue(em, by, { venueCode, name });
        const venue = presentVenue(await em.findOneOrFail(Venue, { venueCode }));
        print(options, venue, () => `Venue ${venueCode} is added.`);
      }),
    );

  onDatabase(venues.command('remove').description('remove a venue that no live key is limited to'))
    .argument('<venue-code>')
    .action((venueCode: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        await removeVenue(em, by, venueCode);
        print(options, { venue_code: venueCode }, () => `Venue ${venueCode} is removed.`);
      }),
    );

  const customers = program.command('customers').description('personal data of those who bought');
  type Whose = DatabaseOptions & { order?: string; email?: string };
  onDatabase(customers.command('erase').description('erase personal data; orders, money and tickets stay'))
    .option('--order <order-id>', 'of one order')
    .option('--email <address>', 'of every order with this address')
    .action((options: Whose) =>
      withDatabase(options, async ({ em, by }) => {
        const { order: order_id, email } = options;
        const asked = checked(contract.eraseCustomer.body, { order_id, email });
        const whose =
          asked.order_id === undefined
            ? { email: asked.email ?? '' }
            : { orderId: knownUuid('order', asked.order_id) };
        const erased = await eraseCustomer(em, by, whose);
        print(options, { orders_erased: erased }, () => `Personal data erased from ${erased} orders.`);
      }),
    );
}
