import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** Migrated and seeded once; nobody may stay connected to it, or it cannot be cloned. */
export const TEMPLATE_DATABASE = 'allotment_template';

/** A database of its own for a test file: a copy of the migrated and seeded template. */
export function cloneDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  return makeDatabase(`template ${TEMPLATE_DATABASE}`);
}

/** One with nothing in it, not even a schema. */
export function emptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  return makeDatabase('');
}

async function makeDatabase(from: string): Promise<{ url: string; drop(): Promise<void> }> {
  const serverUrl = process.env.TEST_DATABASE_SERVER_URL;
  if (serverUrl === undefined) throw new Error('No test database: run the tests with `npm test`.');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runOnServer(serverUrl, `create database ${name} ${from}`);
  return {
    url: `${serverUrl}/${name}`,
    drop: async () => {
      await untilNobodyIsConnected(serverUrl, name);
      await runOnServer(serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

/** A pool's end is told before its sockets are closed, and a client that is cut off then fails the test. */
async function untilNobodyIsConnected(serverUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: `${serverUrl}/postgres` });
  await client.connect();
  try {
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const { rows } = await client.query('select 1 from pg_stat_activity where datname = $1', [name]);
      if (rows.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await client.end();
  }
}

async function runOnServer(serverUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: `${serverUrl}/postgres` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
