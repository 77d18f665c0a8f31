import { Client } from 'pg';
import { openDatabase } from './open.ts';
import { migrationPatience } from './patience.ts';
import { seedSeason } from './seed/season.ts';

/** Any number will do, as long as nothing else in the database takes the same advisory lock. */
const MIGRATION_LOCK = 4_106_107_108;

/**
 * Brings a database to this release's schema and, when it has no product yet, seeds the first season.
 * Parallel migrations fail in MikroORM, so the whole runs under an advisory lock: a second caller
 * waits and then finds nothing left to do.
 */
export async function migrateAndSeed(
  databaseUrl: string,
): Promise<{ migrationsRun: number; seeded: boolean }> {
  const lock = new Client({ connectionString: databaseUrl });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const orm = await openDatabase(databaseUrl, migrationPatience, 2);
    try {
      const migrations = await orm.migrator.up();
      const seeded = await seedSeason(orm.em.fork());
      return { migrationsRun: migrations.length, seeded };
    } finally {
      await orm.close();
    }
  } finally {
    await lock.end();
  }
}
