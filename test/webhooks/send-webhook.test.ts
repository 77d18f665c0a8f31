import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendWebhook } from '../../src/webhooks/send-webhook.ts';

const secrets = [`whsec_${randomBytes(24).toString('base64')}`];
let server: Server;
let port: number;
let asked: string[];
beforeAll(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/silent') return;
    if (request.url === '/endless') {
      response.writeHead(200);
      const writing = setInterval(() => response.write('x'.repeat(400)), 5);
      response.on('close', () => clearInterval(writing));
      return;
    }
    if (request.url === '/stuck') {
      response.writeHead(202);
      response.write('x');
      return;
    }
    if (request.url === '/upgrade') {
      request.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
      return;
    }
    if (request.url === '/cut') {
      request.socket.destroy();
      return;
    }
    response.writeHead(request.url === '/moved' ? 302 : 200, { Location: '/elsewhere' });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const send = (path: string, { allowPrivate = true, host = '127.0.0.1', scheme = 'http' } = {}) =>
  sendWebhook(
    { url: `${scheme}://${host}:${port}${path}`, secrets, id: 'event', body: '{}' },
    allowPrivate,
    300,
  );

describe('sendWebhook', () => {
  it('tells the status of the answer', async () => {
    expect(await send('/')).toEqual({ status: 200 });
  });

  it('does not follow a redirect', async () => {
    expect(await send('/moved')).toEqual({ status: 302 });
    expect(asked).not.toContain('/elsewhere');
  });

  it('waits neither for the end of a long answer nor of one that hangs', async () => {
    const before = performance.now();
    expect(await send('/endless')).toEqual({ status: 200 });
    expect(performance.now() - before).toBeLessThan(250);
    expect(await send('/stuck')).toEqual({ status: 202 });
  });

  it('gives up on a receiver that does not answer', async () => {
    expect(await send('/silent')).toEqual({ error: 'The endpoint did not answer within 0.3 seconds.' });
  });

  it('tells a broken connection, a closed port and an unknown name without our addresses', async () => {
    expect(await send('/cut')).toEqual({ error: 'The endpoint cannot be reached: the connection was cut.' });
    expect(await send('/upgrade')).toEqual({
      error: 'The endpoint cannot be reached: the connection failed.',
    });
    const closed = await sendWebhook({ url: 'http://127.0.0.1:1/', secrets, id: 'e', body: '' }, true);
    expect(closed).toEqual({ error: 'The endpoint cannot be reached: the connection was refused.' });
    const unknown = await send('/', { host: 'no-such-host.invalid' });
    expect(unknown).toEqual({
      error: expect.stringMatching(
        /^The endpoint cannot be reached: its name (is unknown|could not be looked up)\.$/,
      ),
    });
  });

  it.each([
    ['an address of our own', { host: '127.0.0.1', scheme: 'https' }],
    ['one in brackets', { host: '[::1]', scheme: 'https' }],
    ['a name that leads to one', { host: 'localhost', scheme: 'https' }],
    ['plain http', { host: '127.0.0.1', scheme: 'http' }],
  ])('connects to nothing that is not public: %s', async (_what, where) => {
    asked.length = 0;
    expect(await send('/', { allowPrivate: false, ...where })).toEqual({
      error: 'The host has an address that is not public.',
    });
    expect(asked).toEqual([]);
  });
});
