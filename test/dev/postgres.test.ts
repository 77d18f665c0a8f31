import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { freePort } from '../../src/dev/ports.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { findPostgresAccount, findPostgresPrograms } from '../../src/dev/postgres-programs.ts';
import { eventually } from '../support/eventually.ts';

let folder: string;
let others: ChildProcess[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'allotment-postgres-'));
  await (await start()).stop();
});
afterAll(() => {
  for (const other of others) other.kill('SIGKILL');
  others = [];
  rmSync(folder, { recursive: true, force: true });
});

const start = async () =>
  startPostgres({
    folder,
    password: 'test',
    port: await freePort(),
    durable: false,
    logFile: join(folder, 'postgres.log'),
  });

/** Starts a shell command under PostgreSQL's account and returns the pid that it prints. */
async function pidFrom(script: string): Promise<string> {
  const account = findPostgresAccount(join(folder, 'cluster'));
  const { postgres } = await findPostgresPrograms(account);
  const child = spawn('sh', ['-c', script, 'sh', postgres], {
    ...account,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  others.push(child);
  let printed = '';
  child.stdout?.on('data', (part) => (printed += String(part)));
  return eventually('a pid', async () => /\d+(?=\n)/.exec(printed)?.[0]);
}

describe('startPostgres', () => {
  it('starts after a server that was killed and that nobody has collected', async () => {
    const pid = await pidFrom('"$1" --version > /dev/null & echo $!; exec sleep 60');
    writeFileSync(join(folder, 'cluster', 'postmaster.pid'), `${pid}\n`);
    await (await start()).stop();
  });

  it('starts where another program has got the pid of a server that was killed', async () => {
    const pid = await pidFrom('echo $$; exec sleep 60');
    writeFileSync(join(folder, 'cluster', 'postmaster.pid'), `${pid}\n`);
    await (await start()).stop();
  });

  it('ends when one of its processes crashes, and starts again', async () => {
    const server = await start();
    const client = new Client({ connectionString: `${server.serverUrl}/postgres` });
    client.on('error', () => {}); // It loses its server.
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    expect(await server.exited).toBe('exit code 1');
    await (await start()).stop();
  });

  it('leaves a cluster alone that another server has open', async () => {
    const server = await start();
    await expect(start()).rejects.toThrow('ended while starting');
    await server.stop();
  });
});
