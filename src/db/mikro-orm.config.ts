import { defineConfig, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import { PriceList, Product, ProductFunction, ProductInventory } from './entities/catalogue.ts';
import { ApiKey, Partner } from './entities/partner.ts';
import { Order, OrderLine, Payment, Refund, Reservation, ReservationLine } from './entities/sale.ts';
import { Ticket, TicketEntitlement } from './entities/ticket.ts';
import { Migration20261123Allotments } from './migrations/migration-20261123-allotments.ts';

/**
 * How long a caller may wait for PostgreSQL, in milliseconds. `caller` keeps the sum of acquiring a
 * connection, a lock and the statement below the 2 seconds that a caller is promised; `worker` stays
 * below the 10 seconds of an activity.
 */
const patience = {
  caller: { connectionTimeoutMillis: 700, lock_timeout: 600, statement_timeout: 700 },
  worker: { connectionTimeoutMillis: 2_000, lock_timeout: 4_000, statement_timeout: 8_000 },
  migration: { connectionTimeoutMillis: 10_000 },
};

/** The one MikroORM configuration, for servers, tests and migrations. */
export function ormConfig(databaseUrl: string, waits: keyof typeof patience, poolSize: number) {
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
      ...patience[waits],
      application_name: `allotment-${waits}`,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
    },
    forceUtcTimezone: true,
  });
}
