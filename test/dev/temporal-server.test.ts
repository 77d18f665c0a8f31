import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { freePort } from '../../src/dev/ports.ts';
import { searchAttributes } from '../../src/dev/temporal-config.ts';
import { startTemporalServer } from '../../src/dev/temporal-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'allotment-temporal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The search attributes of a server on the kept data, after something was done to it. */
async function attributesAfter(act: (connection: Connection) => Promise<unknown>): Promise<string[]> {
  const server = await startTemporalServer({
    binary: process.env.TEST_TEMPORAL_BINARY ?? '',
    port: await freePort(),
    headless: true,
    dbFilename: join(folder, 'temporal.db'),
  });
  const connection = await Connection.connect({ address: server.address });
  try {
    await act(connection);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    return Object.keys(customAttributes);
  } finally {
    await connection.close();
    await server.stop();
  }
}

describe('startTemporalServer', () => {
  it('adds the search attributes that data of an earlier release lacks', async () => {
    const removed = ['RetryingStep'];
    const before = await attributesAfter(({ operatorService }) =>
      operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: removed }),
    );
    expect(before).not.toContain('RetryingStep');
    const after = await attributesAfter(() => Promise.resolve());
    expect(after).toEqual(expect.arrayContaining(Object.keys(searchAttributes())));
  }, 60_000);
});
