import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateAndSeed } from '../../src/db/prepare.ts';
import { freePort } from '../../src/dev/ports.ts';
import { ensureDatabase, startPostgres } from '../../src/dev/postgres.ts';
import { TEMPLATE_DATABASE } from '../support/database.ts';

/** A PostgreSQL of a test's own, whose folder is copied away and put back as an operator would. */
export type BackedUpPostgres = {
  backUp(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
};

/** Starts it with the template that `openHouse` copies, and has every house of this file open there. */
export async function openBackedUpPostgres(): Promise<BackedUpPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-restore-'));
  const port = await freePort();
  const start = () =>
    startPostgres({
      folder: join(folder, 'postgres'),
      password: 'test',
      port,
      maxConnections: 100,
      logFile: join(folder, 'postgres.log'),
    });
  let running = await start();
  await ensureDatabase(running.serverUrl, TEMPLATE_DATABASE);
  await migrateAndSeed(`${running.serverUrl}/${TEMPLATE_DATABASE}`);
  process.env.TEST_DATABASE_SERVER_URL = running.serverUrl;

  const whileStopped = async (...commands: string[][]) => {
    await running.stop();
    for (const [command = '', ...args] of commands) {
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    }
    running = await start();
  };
  const cluster = join(folder, 'postgres', 'cluster');
  const copy = join(folder, 'copy');
  return {
    backUp: () => whileStopped(['cp', '-a', cluster, copy]),
    restore: () => whileStopped(['rm', '-rf', cluster], ['cp', '-a', copy, cluster]),
    close: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
