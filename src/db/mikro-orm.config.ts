import { defineConfig, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import type { Pool } from 'pg';
import { PriceList, Product, ProductFunction, ProductInventory } from './entities/catalogue.ts';
import { CutOffRule, Venue } from './entities/operator.ts';
import { ApiKey, Partner } from './entities/partner.ts';
import { Order, OrderLine, Payment, Refund, Reservation, ReservationLine } from './entities/sale.ts';
import { Ticket, TicketEntitlement } from './entities/ticket.ts';
import { WebhookDelivery, WebhookEndpoint } from './entities/webhook.ts';
import { type ConnectionPool, giveUpLostConnections, SalesConnection } from './connections.ts';
import type { Patience } from './patience.ts';
import { Migration20261123Allotments } from './migrations/migration-20261123-allotments.ts';
import {
  Migration20261123PartnerWebhooks,
  Migration20261123WebhookCommands,
} from './migrations/migration-20261123-partner-webhooks.ts';
import {
  Migration20261123GrownTables,
  Migration20261123Sandbox,
  Migration20261123Statements,
} from './migrations/migration-20261123-sandbox-and-statements.ts';
import {
  Migration20261123CutOffs,
  Migration20261123Operators,
} from './migrations/migration-20261123-operators.ts';
import {
  Migration20261127OfflineScans,
  Migration20261127Revocations,
} from './migrations/migration-20261127-gates.ts';
import {
  Migration20261127Dashboard,
  Migration20261127LongerHolds,
  Migration20261127LongerHoldsChecked,
} from './migrations/migration-20261127-dashboard.ts';
import { Migration20261127RefundsDue } from './migrations/migration-20261127-refunds-due.ts';
import { Migration20261127SentBackPayments } from './migrations/migration-20261127-sent-back-payments.ts';

/** The one MikroORM configuration, for servers, tests and migrations. */
export function ormConfig(
  databaseUrl: string,
  patience: Patience,
  poolSize: number,
  watch?: (pool: ConnectionPool) => void,
) {
  return defineConfig({
    clientUrl: databaseUrl,
    entities: [
      Partner,
      ApiKey,
      Venue,
      CutOffRule,
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
      WebhookEndpoint,
      WebhookDelivery,
    ],
    namingStrategy: UnderscoreNamingStrategy,
    extensions: [Migrator],
    migrations: {
      tableName: 'schema_migrations',
      migrationsList: [
        { name: '20261123-allotments', class: Migration20261123Allotments },
        { name: '20261123-operators', class: Migration20261123Operators },
        { name: '20261123-cut-offs', class: Migration20261123CutOffs },
        { name: '20261123-partner-webhooks', class: Migration20261123PartnerWebhooks },
        { name: '20261123-webhook-commands', class: Migration20261123WebhookCommands },
        { name: '20261123-sandbox', class: Migration20261123Sandbox },
        { name: '20261123-statements', class: Migration20261123Statements },
        { name: '20261123-grown-tables', class: Migration20261123GrownTables },
        { name: '20261127-sent-back-payments', class: Migration20261127SentBackPayments },
        { name: '20261127-offline-scans', class: Migration20261127OfflineScans },
        { name: '20261127-revocations', class: Migration20261127Revocations },
        { name: '20261127-refunds-due', class: Migration20261127RefundsDue },
        { name: '20261127-dashboard', class: Migration20261127Dashboard },
        { name: '20261127-longer-holds', class: Migration20261127LongerHolds },
        { name: '20261127-longer-holds-checked', class: Migration20261127LongerHoldsChecked },
      ],
      // Each migration commits by itself: together they would keep every lock until the last one is done.
      allOrNothing: false,
      snapshot: false,
      silent: true,
    },
    pool: { min: 0, max: poolSize },
    driverOptions: {
      ...patience,
      application_name: 'allotment',
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      Client: SalesConnection,
      onPoolCreated: (pool: Pool) => {
        giveUpLostConnections(pool);
        watch?.(pool);
      },
    },
    forceUtcTimezone: true,
  });
}
