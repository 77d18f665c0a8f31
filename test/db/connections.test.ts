import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { MikroORM } from '@mikro-orm/postgresql';
import { isUnavailable } from '../../src/db/failures.ts';
import { openDatabase } from '../../src/db/open.ts';
import { emptyDatabase } from '../support/database.ts';

const CONNECTIONS = 2;
const MORE_THAN_THERE_ARE = 5;

let database: Awaited<ReturnType<typeof emptyDatabase>>;
let orm: MikroORM;
beforeAll(async () => {
  database = await emptyDatabase();
  orm = await openDatabase(
    database.url,
    { connectionTimeoutMillis: 2_000, statement_timeout: 5_000, query_timeout: 300 },
    CONNECTIONS,
  );
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});

/** All connections at once answer. */
const allAnswer = () =>
  Promise.all(
    Array.from({ length: CONNECTIONS }, () => orm.em.fork().execute<{ one: number }[]>('select 1 as one')),
  );
const works = Array.from({ length: CONNECTIONS }, () => [{ one: 1 }]);
const inTransaction = (statement: string) => orm.em.fork().transactional((em) => em.execute(statement));

describe('a pool of connections', () => {
  it('has its places back from transactions whose connection PostgreSQL has ended', async () => {
    for (let lost = 0; lost < MORE_THAN_THERE_ARE; lost += 1) {
      await expect(inTransaction('select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
    }
    expect(await allAnswer()).toEqual(works);
  });

  it('has its places back from transactions that could not begin', async () => {
    for (let lost = 0; lost < MORE_THAN_THERE_ARE; lost += 1) {
      await allAnswer();
      const ended = inTransaction(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and backend_type = 'client backend'`,
      );
      await Promise.allSettled([ended, ...Array.from({ length: 4 }, () => inTransaction('select 1'))]);
    }
    expect(await allAnswer()).toEqual(works);
  });

  it('has its places back from transactions that had no answer, and lets nobody wait behind those', async () => {
    for (let lost = 0; lost < MORE_THAN_THERE_ARE; lost += 1) {
      await expect(inTransaction('select pg_sleep(4)')).rejects.toThrow('Query read timeout');
    }
    expect(await allAnswer()).toEqual(works);
  });

  it('has its places back from single statements that had no answer', async () => {
    for (let lost = 0; lost < MORE_THAN_THERE_ARE; lost += 1) {
      await expect(orm.em.fork().execute('select pg_sleep(4)')).rejects.toThrow('Query read timeout');
    }
    expect(await allAnswer()).toEqual(works);
  });
});

describe('a statement that comes with values', () => {
  it('is planned once on a connection, and anew after a migration has changed what it returns', async () => {
    const single = await openDatabase(database.url, { connectionTimeoutMillis: 2_000 }, 1);
    const db = single.em.fork().getKysely();
    const all = (least: number) => sql`select * from planned where id >= ${least}`.execute(db);
    const plans = () =>
      sql<{ statement: string }>`select statement from pg_prepared_statements
         where statement like ${'%from planned%'} and name <> ''`.execute(db);
    await single.em.fork().execute('create table planned (id int); insert into planned values (1)');
    await all(0);
    await all(1);
    expect((await plans()).rows).toHaveLength(1);
    await single.em.fork().execute('alter table planned add label text');
    const refused = await all(0).catch((error: unknown) => error);
    expect(isUnavailable(refused)).toBe(true);
    expect((await all(0)).rows).toEqual([{ id: 1, label: null }]);
    await single.close();
  });
});
