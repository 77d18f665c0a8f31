import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type House, openHouse } from '../support/house.ts';

const PATIENCE_MS = 60_000;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const json = (extra: Record<string, string> = {}) => ({
  'X-API-Key': house.keys.ota,
  'Content-Type': 'application/json',
  ...extra,
});
const nested = (levels: number, open: string, close: string) =>
  `{"a":${open.repeat(levels)}1${close.repeat(levels)}}`;

/** A connection of its own: what the server said on it, and when it ended it. */
function dial(): { socket: Socket; said: () => string; ended: Promise<void> } {
  let text = '';
  const socket = connect(Number(new URL(house.url).port), '127.0.0.1');
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => {}); // A reset is an end, too.
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  return { socket, said: () => text, ended };
}
const head = (lines: string[]) =>
  ['POST /api/ota/reserve HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...lines, '', ''].join(
    '\r\n',
  );

/** Sends a byte a second for as long as the connection lasts. */
async function drip({ socket, ended }: ReturnType<typeof dial>, byte: string): Promise<void> {
  const timer = setInterval(() => socket.write(byte), 1_000);
  await ended;
  clearInterval(timer);
}

describe('a request body', () => {
  it.each([
    ['objects', () => nested(40_000, '{"a":', '}')],
    ['arrays', () => nested(100_000, '[', ']')],
    ['33 levels', () => nested(33, '[', ']')],
  ])('is refused where it is nested deeper than anything asked for: %s', async (_what, body) => {
    for (const headers of [json(), json({ 'Idempotency-Key': 'deep' })]) {
      const answer = await house.send('POST', '/api/ota/reserve', body(), headers);
      expect([answer.status, answer.body.code]).toEqual([400, 'MALFORMED_REQUEST']);
    }
  });

  it('is validated where it is nested less deep', async () => {
    const answer = await house.send('POST', '/api/ota/reserve', nested(30, '[', ']'), json());
    expect([answer.status, answer.body.code]).toEqual([422, 'VALIDATION_FAILED']);
  });

  it('is refused by its announced size before it is sent', async () => {
    const caller = dial();
    caller.socket.write(head([`X-API-Key: ${house.keys.ota}`, `Content-Length: ${10 * 2 ** 20}`]));
    caller.socket.write('{');
    await eventuallySaid(caller, 'BODY_TOO_LARGE');
    expect(caller.said()).toMatch(/^HTTP\/1\.1 413 /);
    caller.socket.destroy();
  });

  it('is refused once it has grown too large, announced or not', async () => {
    const caller = dial();
    caller.socket.write(head([`X-API-Key: ${house.keys.ota}`, 'Transfer-Encoding: chunked']));
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent < 160; sent += 1) caller.socket.write(chunk);
    await eventuallySaid(caller, 'BODY_TOO_LARGE');
    expect(caller.said()).toMatch(/^HTTP\/1\.1 413 /);
    caller.socket.destroy();
  });

  it('is measured unpacked', async () => {
    const response = await fetch(`${house.url}/api/ota/reserve`, {
      method: 'POST',
      headers: json({ 'Content-Encoding': 'gzip' }),
      body: gzipSync(Buffer.from(`{"reference":"${'a'.repeat(10 * 2 ** 20)}"}`)),
    });
    expect(response.status).toBe(413);
  });

  it('is not read at all before its caller is known', async () => {
    const caller = dial();
    caller.socket.write(head([`Content-Length: ${10 * 2 ** 20}`]));
    await eventuallySaid(caller, 'API_KEY_MISSING');
    expect(caller.said()).toMatch(/^HTTP\/1\.1 401 /);
    caller.socket.destroy();
  });
});

describe('a call that waits for PostgreSQL', () => {
  it('is answered with 503 while what it waits for is still locked', async () => {
    const patient = await openHouse({ env: { ALLOTMENT_DATABASE_PATIENCE_MS: '1500' } });
    const other = new Client({ connectionString: patient.config.databaseUrl });
    await other.connect();
    await other.query('begin; select from product_inventory for update');
    const answer = await patient.post('/api/ota/reserve', { product_id: 106, quantity: 1 });
    expect([answer.status, answer.body.code]).toEqual([503, 'UNAVAILABLE']);
    expect(answer.headers.get('Retry-After')).toBe('1');
    await other.query('rollback');
    await other.end();
    expect((await patient.post('/api/ota/reserve', { product_id: 106, quantity: 1 })).status).toBe(201);
    await patient.close();
  });
});

describe('a request', () => {
  it('is refused where its headers are too large', async () => {
    const caller = dial();
    caller.socket.write(head([`X-Large: ${'a'.repeat(20_000)}`]));
    await caller.ended;
    expect(caller.said()).toMatch(/^HTTP\/1\.1 431 /);
  });

  it(
    'is cut off where headers or a body come drop by drop, while others are answered',
    async () => {
      const slowHead = dial();
      slowHead.socket.write('POST /api/ota/reserve HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      const slowBody = dial();
      slowBody.socket.write(head([`X-API-Key: ${house.keys.ota}`, 'Content-Length: 1000']));
      const cutOff = Promise.all([drip(slowHead, 'a'), drip(slowBody, ' ')]);
      expect((await house.get('/api/ota/inventory')).status).toBe(200);
      await cutOff;
      for (const { said } of [slowHead, slowBody]) expect(said()).toMatch(/^HTTP\/1\.1 408 /);
    },
    PATIENCE_MS,
  );
});

async function eventuallySaid({ said, ended }: ReturnType<typeof dial>, text: string): Promise<void> {
  let closed = false;
  void ended.then(() => (closed = true));
  while (!said().includes(text)) {
    if (closed) throw new Error(`the connection ended after: ${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
