import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { cloneDatabase } from '../support/database.ts';

/** What may only be added to, each with a change that would do no harm elsewhere. */
const tables = {
  audit_log: `update audit_log set actor = actor`,
  audit_seals: `update audit_seals set hash = hash`,
  inventory_ledger: `update inventory_ledger set reason = reason`,
  price_lists: `update price_lists set rules = rules`,
  statements: `update statements set content = content`,
};
const changes = Object.entries(tables).flatMap(([table, update]) =>
  [update, `delete from ${table}`, `truncate ${table} cascade`].map((change) => [change, table] as const),
);

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let client: Client;
beforeAll(async () => {
  database = await cloneDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const attempt = async (change: string): Promise<string> => {
  try {
    await client.query(change);
    return 'done';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('tables that are only added to', () => {
  it('are all of those with the trigger, and each refuses TRUNCATE too', async () => {
    const { rows } = await client.query<{ table: string; triggers: string[] }>(
      `select tgrelid::regclass::text as table, array_agg(tgname::text order by tgname) as triggers from pg_trigger
        where tgfoid = 'refuse_change'::regproc and tgenabled = 'O' group by 1 order by 1`,
    );
    expect(rows).toEqual(
      Object.keys(tables).map((table) => ({ table, triggers: ['append_only', 'no_truncate'] })),
    );
  });

  it.each(changes)('refuse: %s', async (change, table) => {
    expect(await attempt(change)).toBe(`${table} is append-only`);
  });

  it.each(changes)('would let it happen without the trigger: %s', async (change) => {
    await client.query('begin');
    try {
      // Also of the tables that CASCADE reaches, and without the foreign keys that DELETE would run into.
      await client.query('set local session_replication_role = replica');
      expect(await attempt(change)).toBe('done');
    } finally {
      await client.query('rollback');
    }
  });
});
