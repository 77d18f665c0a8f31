import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operations } from '../../src/contract/operations.ts';
import { type House, openHouse } from '../support/house.ts';
import { sold } from '../support/sale.ts';

let house: House;
let code: string;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  code = (await sold(house, 1)).tickets[0]?.ticket_code ?? '';
});
afterAll(() => house.close());

/** What every answer tells a browser, whatever was asked. */
function expectGuarded(headers: Headers): void {
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(headers.get('Referrer-Policy')).toBe('no-referrer');
  expect(headers.get('X-Frame-Options')).toBe('SAMEORIGIN');
  const policy = headers.get('Content-Security-Policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("object-src 'none'");
  expect(policy).toContain("frame-ancestors 'self'");
  expect(headers.get('X-Powered-By')).toBeNull();
  expect(headers.get('Server')).toBeNull();
}

describe('the headers of an answer', () => {
  it.each(operations.map(({ id, method, path }) => [id, method, path] as const))(
    'guard it and keep it out of caches: %s',
    async (id, method, path) => {
      const filled = path.replace(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000');
      for (const key of ['ota', 'admin', null] as const) {
        const answer = await (method === 'post'
          ? house.post(filled, {}, { key })
          : house[method](filled, { key }));
        expectGuarded(answer.headers);
        const mayBeKept = id === 'getKeySet';
        expect(answer.headers.get('Cache-Control')).toBe(mayBeKept ? 'public, max-age=300' : 'no-store');
      }
    },
  );

  it.each([
    '/',
    '/docs',
    '/docs/errors',
    '/gate',
    '/gate/service-worker.js',
    '/openapi.json',
    '/nothing/here',
    '/%00',
    '/docs/../package.json',
  ])('guard pages and what is not there: %s', async (path) => {
    expectGuarded((await house.get(path, { key: null })).headers);
  });

  it('keep a new key out of caches', async () => {
    const made = await house.post(
      '/api/admin/partners/demo-ota/keys',
      { permissions: ['inventory:read'] },
      { key: 'admin' },
    );
    expect([made.status, made.headers.get('Cache-Control')]).toEqual([201, 'no-store']);
  });

  it('keep a ticket and the picture of its code out of caches', async () => {
    for (const file of ['', '/qr.svg', '/qr.png', '/ticket.pdf']) {
      const path = `/tickets/${code}${file}`;
      const answer = await house.get(path, { key: null });
      expect([path, answer.status, answer.headers.get('Cache-Control')]).toEqual([path, 200, 'no-store']);
      expectGuarded(answer.headers);
    }
  });
});
