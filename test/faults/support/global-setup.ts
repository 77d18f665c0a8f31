import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTemporalBinary } from '../../../src/dev/temporal-binary.ts';
import { makeStartFolder } from './start-folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Chooses the seed of the run, and finds or makes what every machine of it begins with:
 * - FAULTS_SEED: as given, or a new one;
 * - TEST_TEMPORAL_BINARY: the Temporal CLI;
 * - FAULTS_START: a data folder with a migrated and seeded database, to be copied.
 */
export default async function globalSetup(): Promise<void> {
  mkdirSync(resolve(root, 'coverage'), { recursive: true }); // Jest writes its results there, but makes no folder.
  process.env.FAULTS_SEED ||= String(randomInt(2 ** 31));
  process.env.TEST_TEMPORAL_BINARY = await findTemporalBinary({
    cacheFolder: resolve(root, process.env.ALLOTMENT_CACHE || '.cache'),
    allowBuild: false,
    onProgress: (message) => process.stderr.write(`${message} …\n`),
  });
  process.env.FAULTS_START = await makeStartFolder();
  process.stderr.write(
    `${process.env.FAULTS === 'short' ? 'Short' : 'Long'} form, seed ${process.env.FAULTS_SEED}\n`,
  );
}
