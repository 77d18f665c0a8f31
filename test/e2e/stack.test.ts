import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/house.ts';

type Description = {
  api_url: string;
  database_url: string;
  temporal_address: string;
  temporal_ui_url: string;
  keys: Record<string, string>;
  webhook_secret: string;
  processes: Record<'api' | 'worker' | 'temporal' | 'postgres', number>;
};

type Body = { status?: string; reservation_id?: string; units?: object; available_quantities?: object };

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = mkdtempSync(join(tmpdir(), 'allotment-stack-'));
const file = join(data, 'dev.json');
const PATIENCE_MS = 120_000;
const describeStack = (): Description => JSON.parse(readFileSync(file, 'utf8')) as Description;

/** The stack as its user starts it: the same program, in a process group of its own. */
describe('npm start', () => {
  let stack: ChildProcess;
  let output = '';
  let reservationId = '';

  const start = () => {
    const child = spawn('node', ['src/dev/start.mjs'], {
      cwd: root,
      env: { ...stackEnv(), PORT: '0', ALLOTMENT_DATA: data, ALLOTMENT_RATE_LIMIT_PER_MINUTE: '100000' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    return child;
  };
  const isReady = async () => {
    try {
      return describeStack();
    } catch {
      if (stack.exitCode !== null) throw new Error(`the stack ended with ${stack.exitCode}:\n${output}`);
      return undefined;
    }
  };
  const stop = async (signal: NodeJS.Signals) => {
    const ended = new Promise<number | null>((resolve) => stack.once('exit', resolve));
    process.kill(-(stack.pid ?? 0), signal);
    return ended;
  };
  beforeAll(async () => {
    stack = start();
    await eventually('dev.json', isReady, PATIENCE_MS);
  }, PATIENCE_MS);

  afterAll(async () => {
    if (stack.exitCode === null && stack.signalCode === null) await stop('SIGTERM');
    rmSync(data, { recursive: true, force: true });
  }, PATIENCE_MS);

  it('describes itself to its owner alone, and holds and sells nothing', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { keys, processes, webhook_secret } = describeStack();
    expect(Object.keys(keys).sort()).toEqual(['admin', 'direct', 'gate', 'ota', 'ota_2']);
    for (const pid of Object.values(processes)) expect(pid).toEqual(expect.any(Number));
    expect(Object.keys(processes).sort()).toEqual(['api', 'postgres', 'temporal', 'worker']);
    expect(webhook_secret).toMatch(/^whsec_/);
    const { body } = await ask('GET', '/api/ota/inventory');
    expect(body.available_quantities).toEqual({ 106: 2000, 107: 1500, 108: 1500 });
  });

  it('prints a curl that answers as pasted', () => {
    const command = /^\s*(curl .*)$/m.exec(output)?.[1] ?? '';
    const { stdout } = spawnSync('sh', ['-c', `${command} --silent`], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ available_quantities: { 106: 2000 } });
  });

  it('sells and redeems in the demo', () => {
    const demo = spawnSync('npm', ['run', '--silent', 'demo'], {
      cwd: root,
      env: { ...stackEnv(), ALLOTMENT_DATA: data },
      encoding: 'utf8',
    });
    expect(demo.stdout + demo.stderr).toContain('/namespaces/default/workflows/reservation%3A');
    expect(demo.status).toBe(0);
  });

  it('refuses a second start on the same data and leaves the first alone', async () => {
    const second = spawnSync('node', ['src/dev/start.mjs'], {
      cwd: root,
      env: { ...stackEnv(), PORT: '0', ALLOTMENT_DATA: data },
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stdout + second.stderr).toContain(describeStack().api_url);
    expect((await ask('GET', '/readyz')).status).toBe(200);
  });

  it.each(['api', 'worker', 'temporal', 'postgres'] as const)(
    'starts %s again after kill -9 and tells its new pid',
    async (name) => {
      const before = describeStack().processes[name];
      process.kill(before, 'SIGKILL');
      await eventually(
        `a new ${name}`,
        async () => {
          const now = (await isReady())?.processes[name];
          return now !== undefined && now !== before;
        },
        PATIENCE_MS,
      );
      await eventually(
        'sales',
        async () => (await ask('GET', '/api/ota/inventory')).status === 200,
        PATIENCE_MS,
      );
    },
    PATIENCE_MS,
  );

  it(
    'keeps a hold over SIGTERM and a new start',
    async () => {
      const { status, body } = await ask('POST', '/api/ota/reserve', { product_id: 106, quantity: 7 });
      expect(status).toBe(201);
      reservationId = body.reservation_id as string;
      expect(await stop('SIGTERM')).toBe(0);
      stack = start();
      await eventually('dev.json', isReady, PATIENCE_MS);
      expect((await ask('GET', `/api/ota/reservations/${reservationId}`)).body).toMatchObject({
        status: 'held',
        units: { held: 7 },
      });
    },
    PATIENCE_MS,
  );

  it(
    'loses nothing when the whole group is killed, and the hold still ends at its deadline',
    async () => {
      await stop('SIGKILL');
      rmSync(file, { force: true });
      stack = start();
      await eventually('dev.json', isReady, PATIENCE_MS);
      const client = new Client({ connectionString: describeStack().database_url });
      await client.connect();
      await client.query(
        `update channel_reservations set started_at = started_at - interval '1 day',
                expires_at = clock_timestamp() - interval '2 minutes' where reservation_id = $1`,
        [reservationId],
      );
      await client.end();
      const ended = await eventually(
        'the sweep to command the overdue hold',
        async () => {
          const { body } = await ask('GET', `/api/ota/reservations/${reservationId}`);
          return body.status === 'expired' && body;
        },
        PATIENCE_MS,
      );
      expect(ended).toMatchObject({ units: { held: 0, released: 7 } });
    },
    PATIENCE_MS,
  );
});

async function ask(method: string, path: string, body?: unknown) {
  const { api_url, keys } = describeStack();
  const response = await fetch(api_url + path, {
    method,
    headers: { 'X-API-Key': keys.ota ?? '', 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

/** The stack gets the user's environment without what the test run has set for itself. */
function stackEnv(): NodeJS.ProcessEnv {
  const own = /^(TEMPORAL_|TEST_|JEST_|NODE_OPTIONS$|ALLOTMENT_|DATABASE_URL$|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
