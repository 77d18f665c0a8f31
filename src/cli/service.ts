import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { openDatabase } from '../db/open.ts';
import { migrationPatience } from '../db/patience.ts';
import { migrateAndSeed } from '../db/prepare.ts';
import { findDisagreements } from '../db/queries/find-disagreements.ts';
import { generateSigningKeySet } from '../tickets/signing-keys.ts';
import { counted, print, withExamples } from './output.ts';
import { type DatabaseOptions, databaseUrl, onDatabase } from './session.ts';

/** `allotment migrate`, `verify` and `signing-keys` */
export function serviceCommands(program: Command): void {
  onDatabase(
    program
      .command('migrate')
      .description('bring the database to this release; seed the first season where there is no product yet'),
    'allotment migrate',
  ).action(async (options: DatabaseOptions) => {
    const url = databaseUrl(options);
    console.error('Migrating …');
    const { migrationsRun, seeded } = await migrateAndSeed(url);
    print(
      options,
      { migrations_run: migrationsRun, seeded },
      () => `${counted(migrationsRun, 'migration')} run${seeded ? ', first season seeded' : ''}.`,
    );
  });

  onDatabase(
    program
      .command('verify')
      .description('check that counters, ledger, orders, tickets, payments and the audit chain agree'),
    'allotment verify',
  ).action(async (options: DatabaseOptions) => {
    const orm = await openDatabase(databaseUrl(options), migrationPatience, 1);
    const found = await findDisagreements(orm.em.fork(), tellCheck);
    await orm.close();
    print(options, found, () =>
      [
        ...found.map(({ check, subject, detail }) => `${check}: ${subject}: ${detail}`),
        found.length === 0 ? 'All accounts agree.' : `${counted(found.length, 'disagreement')}.`,
      ].join('\n'),
    );
    if (found.length > 0) process.exitCode = 1;
  });

  withExamples(
    program
      .command('signing-keys')
      .description('write a new private key set that signs tickets to a file that does not exist yet'),
    'allotment signing-keys /etc/allotment/signing-keys.json',
  )
    .argument('<file>', 'what ALLOTMENT_SIGNING_KEYS will point to')
    .option('--json', 'print JSON')
    .action(async (path: string, options: { json?: boolean }) => {
      // wx: a key set that is overwritten takes every ticket it has signed with it.
      const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        throw new Error(`${path} is there already, and a key set is never overwritten. Name another file.`);
      });
      await file.writeFile(generateSigningKeySet());
      await file.close();
      print(options, { file: path }, () => `A new key set is in ${path}. Keep it secret, and keep a copy.`);
    });
}

const tellCheck = (check: string) => console.error(`Checking: ${check} …`);
