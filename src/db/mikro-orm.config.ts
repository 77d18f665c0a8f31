import { defineConfig, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import { PriceList, Product, ProductFunction, ProductInventory } from './entities/catalogue.ts';
import { ApiKey, Partner } from './entities/partner.ts';
import { Order, OrderLine, Payment, Refund, Reservation, ReservationLine } from './entities/sale.ts';
import { Ticket, TicketEntitlement } from './entities/ticket.ts';
import type { Patience } from './patience.ts';
import { Migration20261123Allotments } from './migrations/migration-20261123-allotments.ts';

/** The one MikroORM configuration, for servers, tests and migrations. */
export function ormConfig(databaseUrl: string, patience: Patience, poolSize: number) {
  return defineConfig({
    clientUrl: databaseUrl,
    entities: [
      Partner,
      ApiKey,
      Product,
      PriceList,
      ProductFunction,
      ProductInventory,
      Reservation,
      ReservationLine,
      Order,
      OrderLine,
      Payment,
      Refund,
      Ticket,
      TicketEntitlement,
    ],
    namingStrategy: UnderscoreNamingStrategy,
    extensions: [Migrator],
    migrations: {
      tableName: 'schema_migrations',
      migrationsList: [{ name: '20261123-allotments', class: Migration20261123Allotments }],
      snapshot: false,
      silent: true,
    },
    pool: { min: 0, max: poolSize },
    driverOptions: {
      ...patience,
      application_name: 'allotment',
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
    },
    forceUtcTimezone: true,
  });
}
