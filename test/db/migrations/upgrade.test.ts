import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { openDatabase } from '../../../src/db/open.ts';
import { workerPatience } from '../../../src/db/patience.ts';
import { migrateAndSeed } from '../../../src/db/prepare.ts';
import { findDisagreements } from '../../../src/db/queries/find-disagreements.ts';
import { cloneDatabase } from '../../support/database.ts';
import { openFormerRelease } from './former-release.ts';
import { sellDuring } from './sales-under-way.ts';
import { schemaOf } from './schema-of.ts';

/** Tickets and rows of the ledger are twice as many. */
const MANY_SALES = 20_000;
const FEW_SALES = 200;
const PATIENCE_MS = 120_000;

let database: { url: string; drop(): Promise<void> };
const openWith = async (sales: number) => {
  database = await openFormerRelease(sales);
};
afterEach(() => database.drop());

async function disagreements() {
  const orm = await openDatabase(
    database.url,
    { ...workerPatience, statement_timeout: 0, query_timeout: 0 },
    2,
  );
  const found = await findDisagreements(orm.em.fork());
  await orm.close();
  return found.filter(({ check }) => check !== 'the audit chain holds');
}

/** Keeps a transaction open, with what it has locked, until it is told to end. */
async function holding(statement: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('begin');
  await client.query(statement);
  return async () => {
    await client.query('rollback');
    await client.end();
  };
}
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

describe('migrating a database of the former release, with its sales', () => {
  it(
    'brings it to the schema of a new one, to the letter, with all accounts in agreement',
    async () => {
      await openWith(MANY_SALES);
      const former = await schemaOf(database.url);
      expect((await migrateAndSeed(database.url)).migrationsRun).toBeGreaterThan(0);
      const migrated = await schemaOf(database.url);
      const fresh = await cloneDatabase();
      const wanted = await schemaOf(fresh.url);
      await fresh.drop();
      for (const kind of Object.keys(wanted)) expect([kind, migrated[kind]]).toEqual([kind, wanted[kind]]);
      expect(former).not.toEqual(wanted);
      expect(await disagreements()).toEqual([]);
      expect(await migrateAndSeed(database.url)).toEqual({ migrationsRun: 0, seeded: false });
    },
    PATIENCE_MS,
  );

  it(
    'refuses no sale meanwhile',
    async () => {
      await openWith(MANY_SALES);
      const { sold, refused } = await sellDuring(database.url, () => migrateAndSeed(database.url));
      expect(refused).toEqual([]);
      expect(sold).toBeGreaterThan(20);
      expect(await disagreements()).toEqual([]);
    },
    PATIENCE_MS,
  );

  it.each([
    ['a hold', `update product_inventory set sellable_cap = sellable_cap where product_id = 108`],
    ['an edit of a partner', `update partners set name = name where partner_id = 'agency'`],
    ['a report', `select count(*) from inventory_ledger, api_keys, partners, workflow_commands limit 1`],
  ])(
    'gives way to a transaction that takes its time, and refuses no sale behind it: %s',
    async (_what, statement) => {
      await openWith(FEW_SALES);
      const release = await holding(statement);
      const { refused } = await sellDuring(database.url, async () => {
        const migrated = migrateAndSeed(database.url);
        await seconds(3);
        await release();
        expect((await migrated).migrationsRun).toBeGreaterThan(0);
      });
      expect(refused).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'begins again what was cut off in the middle',
    async () => {
      await openWith(FEW_SALES);
      const invalid = new Client({ connectionString: database.url });
      await invalid.connect();
      await invalid.query(`create index inventory_ledger_time on inventory_ledger (recorded_at)`);
      await invalid.query(
        `update pg_index set indisvalid = false where indexrelid = 'inventory_ledger_time'::regclass`,
      );
      await invalid.end();
      await migrateAndSeed(database.url);
      const { indexes = [] } = await schemaOf(database.url);
      expect(indexes).toContainEqual(
        expect.objectContaining({
          name: 'inventory_ledger_time',
          indisvalid: true,
          definition: expect.stringContaining('(recorded_at, entry_id)'),
        }),
      );
    },
    PATIENCE_MS,
  );
});

describe('the sales that go on while this is tested', () => {
  it(
    'are refused where a change keeps a table for itself',
    async () => {
      await openWith(FEW_SALES);
      const { refused } = await sellDuring(database.url, async () => {
        const release = await holding('lock table inventory_ledger in share mode');
        await seconds(2);
        await release();
      });
      expect(refused).not.toEqual([]);
    },
    PATIENCE_MS,
  );
});
