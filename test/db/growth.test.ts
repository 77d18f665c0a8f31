import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { cloneDatabase } from '../support/database.ts';

describe('docs/operations.md, what grows', () => {
  it('says of every table what bounds it, and of no other', async () => {
    const database = await cloneDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string }>(
        `select tablename as name from pg_tables where schemaname = 'public'`,
      );
      const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
      const table = text
        .slice(text.indexOf('### What grows'))
        .replace(/\n## .*/s, '')
        .split('\n')
        .filter((line) => line.startsWith('| `'));
      const named = table.flatMap((line) =>
        [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((m) => m[1]),
      );
      expect(named.toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
    } finally {
      await client.end();
      await database.drop();
    }
  });
});
