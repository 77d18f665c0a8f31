import { Client } from 'pg';
import { openDatabase } from './open.ts';
import { migrationPatience } from './patience.ts';
import { isDeadlock, isLockTimeout } from './failures.ts';
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
      const { length: migrationsRun } = await orm.migrator.getPending();
      await migratePatiently(() => orm.migrator.up());
      const seeded = await seedSeason(orm.em.fork());
      return { migrationsRun, seeded };
    } finally {
      await orm.close();
    }
  } finally {
    await lock.end();
  }
}

/** Longer than any transaction of ours; who holds a lock for longer has to be looked for. */
const LOCKED_OUT_ATTEMPTS = 120;
const PAUSE_MS = 500;

/**
 * Goes on with the migration at which another transaction was in the way. A change that waits for a table
 * makes all who come after it wait, too, so it gives way and tries again.
 */
async function migratePatiently(migrate: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrate();
      return;
    } catch (error) {
      const gaveWay = isLockTimeout(error) || isDeadlock(error);
      if (!gaveWay || attempt === LOCKED_OUT_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
