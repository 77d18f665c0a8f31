import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateAndSeed } from '../../../src/db/prepare.ts';
import { openDataFolder } from '../../../src/dev/data-folder.ts';
import { ensureDemoPartners } from '../../../src/dev/demo-partners.ts';
import { freePort } from '../../../src/dev/ports.ts';
import { ensureDatabase, startPostgres } from '../../../src/dev/postgres.ts';

/** Makes a data folder with a migrated and seeded database and the demo keys, and returns its path. */
export async function makeStartFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-faults-'));
  const data = openDataFolder(folder);
  const postgres = await startPostgres({
    folder: data.postgresFolder,
    password: data.postgresPassword(),
    port: await freePort(),
    logFile: data.logFile('postgres'),
  });
  try {
    await ensureDatabase(postgres.serverUrl, 'allotment');
    await migrateAndSeed(`${postgres.serverUrl}/allotment`);
    data.writeDemoKeys(await ensureDemoPartners(`${postgres.serverUrl}/allotment`, {}));
  } finally {
    await postgres.stop();
  }
  return folder;
}
