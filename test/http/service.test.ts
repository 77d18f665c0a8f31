import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { eventually, type House, openHouse } from '../support/house.ts';
import { reserved } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const open = (path: string, headers: Record<string, string> = {}) => house.get(path, { key: null, headers });

describe('GET /healthz', () => {
  it('says that the process answers', async () => {
    const answer = await open('/healthz');
    expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
  });
});

describe('an API that is told to end', () => {
  it('says so to load balancers, serves on for the seconds that it is given, and then ends', async () => {
    const ending = await openHouse({ env: { ALLOTMENT_DRAIN_SECONDS: '2' } });
    expect((await ending.get('/healthz', { key: null })).status).toBe(200);
    const ended = ending.close();

    const health = await ending.get('/healthz', { key: null });
    expect([health.status, health.body]).toEqual([503, { status: 'stopping' }]);
    const ready = await ending.get('/readyz', { key: null });
    expect([ready.status, ready.body.status, ready.body.postgres]).toEqual([503, 'stopping', 'up']);
    const sale = await ending.post('/api/ota/reserve', { product_id: 106, quantity: 1 });
    expect([sale.status, sale.headers.get('Connection')]).toEqual([201, 'close']);

    await ended;
    await expect(ending.get('/healthz', { key: null })).rejects.toThrow('fetch failed');
  });
});

describe('GET /version', () => {
  it('says what runs here', async () => {
    const answer = await open('/version');
    expect([answer.status, answer.body]).toEqual([
      200,
      { name: 'allotment', version: packageJson.version, node: process.version },
    ]);
  });
});

describe('GET /readyz', () => {
  it('is ready for sales without a worker, and says what is missing', async () => {
    const answer = await open('/readyz');
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        status: 'degraded',
        postgres: 'up',
        temporal: 'up',
        workers: 0,
        undelivered_commands: 0,
        oldest_command_seconds: 0,
      },
    ]);
  });

  it('answers 503 to full=1 without a worker, and 200 with one', async () => {
    const without = await open('/readyz?full=1');
    expect([without.status, without.body.status, without.body.workers]).toEqual([503, 'degraded', 0]);
    expect(without.headers.get('Retry-After')).not.toBeNull();
    await house.startWorker();
    const ready = await eventually('a worker', async () => {
      const answer = await open('/readyz?full=1');
      return answer.status === 200 && answer;
    });
    expect(ready.body).toMatchObject({ status: 'ready', postgres: 'up', temporal: 'up', workers: 1 });
    await house.stopWorker();
    expect((await open('/readyz?full=1')).status).toBe(503);
  });

  it('counts commands that wait for delivery', async () => {
    const away = await openHouse({ env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    try {
      await reserved(away, 1);
      const answer = await away.get('/readyz', { key: null });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ temporal: 'down', undelivered_commands: 1 });
      expect(answer.body.oldest_command_seconds).toBeGreaterThan(0);
      expect((await away.get('/readyz?full=1', { key: null })).status).toBe(503);
    } finally {
      await away.close();
    }
  });

  it('refuses other parameters', async () => {
    for (const query of ['?full=yes', '?all=1']) expect((await open(`/readyz${query}`)).status).toBe(422);
  });
});

describe('what is not there', () => {
  it.each(['/', '/nothing', '/api/ota', '/api/ota/nothing', '/orders', '/.env', '/%00', '/%', '/tickets/'])(
    'answers 404 at %s, as a problem document',
    async (path) => {
      const answer = await open(path);
      expect([404, 405]).toContain(answer.status);
      expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
      expect(answer.body).toMatchObject({
        status: answer.status,
        code: answer.status === 404 ? 'NOT_FOUND' : 'METHOD_NOT_ALLOWED',
        request_id: answer.headers.get('X-Request-Id'),
      });
    },
  );

  it.each([
    ['PUT', '/api/ota/reserve'],
    ['GET', '/api/ota/reserve'],
    ['DELETE', '/catalog'],
    ['PATCH', '/api/ota/reservations/1'],
    ['POST', '/healthz'],
    ['PROPFIND', '/catalog'],
  ])('answers 405 to %s %s, and says in Allow what is allowed', async (method, path) => {
    const answer = await house.send(method, path, undefined, {});
    expect([answer.status, answer.body.code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers.get('Allow')).toMatch(/GET|POST|DELETE/);
  });
});

describe('X-Request-Id', () => {
  it('is that of the caller where it is sound, and a new one otherwise', async () => {
    const own = await open('/healthz', { 'X-Request-Id': 'trace-1.2:3_4' });
    expect(own.headers.get('X-Request-Id')).toBe('trace-1.2:3_4');
    for (const unsound of ['a b', '<script>', 'x'.repeat(101), '']) {
      const answer = await open('/healthz', { 'X-Request-Id': unsound });
      expect(answer.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
