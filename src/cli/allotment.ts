#!/usr/bin/env node
import { open } from 'node:fs/promises';
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { openDatabase } from '../db/open.ts';
import { migrationPatience } from '../db/patience.ts';
import { migrateAndSeed } from '../db/prepare.ts';
import { findDisagreements } from '../db/queries/find-disagreements.ts';
import { generateSigningKeySet } from '../tickets/signing-keys.ts';

const NO_DATABASE = 'Say which database: --database postgresql://…, or DATABASE_URL.';

const program = new Command('allotment')
  .description("The operator's commands.")
  .version(packageJson.version)
  .showHelpAfterError();

program
  .command('migrate')
  .description('bring the database to this release; seed the first season where there is no product yet')
  .option('--database <url>', 'the database; DATABASE_URL when absent')
  .action(async ({ database = process.env.DATABASE_URL }: { database?: string }) => {
    if (!database) return program.error(NO_DATABASE);
    const { migrationsRun, seeded } = await migrateAndSeed(database);
    console.log(`${migrationsRun} migrations run${seeded ? ', first season seeded' : ''}.`);
  });

program
  .command('verify')
  .description('check that counters, ledger, orders, tickets, payments and the audit chain agree')
  .option('--database <url>', 'the database; DATABASE_URL when absent')
  .option('--json', 'print what disagrees as JSON')
  .action(async ({ database = process.env.DATABASE_URL, json }: { database?: string; json?: boolean }) => {
    if (!database) return program.error(NO_DATABASE);
    const orm = await openDatabase(database, migrationPatience, 1);
    const found = await findDisagreements(orm.em.fork());
    await orm.close();
    if (json) console.log(JSON.stringify(found, null, 2));
    else for (const { check, subject, detail } of found) console.log(`${check}: ${subject}: ${detail}`);
    if (!json) console.log(found.length === 0 ? 'All accounts agree.' : `${found.length} disagreements.`);
    if (found.length > 0) process.exitCode = 1;
  });

program
  .command('signing-keys')
  .description('write a new private key set that signs tickets to a file that does not exist yet')
  .argument('<file>', 'what ALLOTMENT_SIGNING_KEYS will point to')
  .action(async (path: string) => {
    // wx: a key set that is overwritten takes every ticket it has signed with it.
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(generateSigningKeySet());
    await file.close();
    console.log(`A new key set is in ${path}. Keep it secret, and keep a copy.`);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
