import { Client } from 'pg';
import { openDatabase } from '../../../src/db/open.ts';
import { migrationPatience } from '../../../src/db/patience.ts';
import { type Disagreement, findDisagreements } from '../../../src/db/queries/find-disagreements.ts';

/** A look into the database from outside. */
export type Access = {
  sql<R extends object>(query: string, values?: unknown[]): Promise<R[]>;
  /** What `allotment verify` finds. */
  disagreements(): Promise<Disagreement[]>;
};

export function openAccess(databaseUrl: string): Access {
  return {
    sql: (query, values) => ask(databaseUrl, query, values),
    disagreements: async () => {
      const orm = await openDatabase(databaseUrl, migrationPatience, 1);
      try {
        return await findDisagreements(orm.em.fork());
      } finally {
        await orm.close();
      }
    },
  };
}

/** A connection for each query: one that is kept would break at each fault. */
async function ask<R extends object>(url: string, query: string, values: unknown[] = []): Promise<R[]> {
  const client = new Client({ connectionString: url, application_name: 'faults' });
  client.on('error', () => {}); // The query reports it.
  try {
    await client.connect();
    return (await client.query(query, values)).rows as R[];
  } finally {
    await client.end().catch(() => {});
  }
}
