import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { type House, openHouse } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const get = (path: string) => house.get(path, { key: null });
/** What the page and its manifest load from the server. */
const loadedBy = (text: string) =>
  [...text.matchAll(/"((?:\/|https?:)[^"]+)"/g)].map(([, path]) => path ?? '');

describe('GET /gate', () => {
  it('is a page that is kept in no cache but the phone’s own', async () => {
    const answer = await get('/gate');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'self'");
  });

  it('loads nothing from elsewhere, and everything that it loads is there', async () => {
    const { text } = await get('/gate');
    const paths = loadedBy(text);
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) {
      expect(path).toMatch(/^\/gate\//);
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    }
  });

  it('has scripts and styles that may be kept for ever, for their names change with them', async () => {
    const assets = loadedBy((await get('/gate')).text).filter((path) => path.startsWith('/gate/assets/'));
    expect(assets.map((path) => path.split('.').at(-1)).toSorted()).toEqual(['css', 'js']);
    for (const path of assets) {
      expect(path).toMatch(/-[\w-]{8}\.(css|js)$/);
      expect((await get(path)).headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    }
  });

  it('has a manifest with a name of its own and icons of the sizes it says', async () => {
    const { headers, text } = await get('/gate/manifest.webmanifest');
    expect(headers.get('Content-Type')).toContain('application/manifest+json');
    const manifest = JSON.parse(text) as { name: string; icons: { src: string; sizes: string }[] };
    expect(manifest).toMatchObject({ name: 'Allotment Gate', start_url: '/gate', display: 'standalone' });
    for (const { src, sizes } of manifest.icons.filter((icon) => icon.src.endsWith('.png'))) {
      const picture = await fetch(house.url + src);
      const { width, height } = PNG.sync.read(Buffer.from(await picture.arrayBuffer()));
      expect(`${width}x${height}`).toBe(sizes);
    }
  });

  it('has a service worker whose scope is the page, with every file of the page in its list', async () => {
    const { headers, text } = await get('/gate/service-worker.js');
    expect(headers.get('Content-Type')).toContain('javascript');
    expect(headers.get('Cache-Control')).toBe('no-cache');
    expect(headers.get('Service-Worker-Allowed')).toBe('/gate');
    for (const path of ['/gate', ...loadedBy((await get('/gate')).text)]) expect(text).toContain(path);
  });

  it('leads there from /gate/, and to nothing beside it', async () => {
    expect(new URL((await fetch(`${house.url}/gate/`)).url).pathname).toBe('/gate');
    for (const path of ['/gate/index.html', '/gate/nothing', '/gate/../package.json', '/gate/assets']) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });
});

describe('GET /dashboard', () => {
  it('is a page that is kept in no cache, whose policy lets nothing in from elsewhere', async () => {
    const answer = await get('/dashboard');
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'self'");
    expect(answer.text).not.toMatch(/<script>|<style|style="| on\w+=/);
  });

  it('loads little, all of it from here', async () => {
    const paths = loadedBy((await get('/dashboard')).text);
    expect(paths.length).toBeGreaterThan(2);
    let bytes = 0;
    for (const path of paths) {
      expect(path).toMatch(/^\/dashboard\//);
      const answer = await fetch(house.url + path);
      expect([path, answer.status]).toEqual([path, 200]);
      bytes += gzipSync(await answer.bytes()).length;
    }
    expect(bytes).toBeLessThan(60_000);
  });
});

describe('the files of a page', () => {
  it('come packed to whom it may be sent so, and as they are to others', async () => {
    const [script = ''] = loadedBy((await get('/dashboard')).text).filter((path) => path.endsWith('.js'));
    const ask = (encoding: string) => fetch(house.url + script, { headers: { 'Accept-Encoding': encoding } });
    const packed = await ask('gzip, br');
    const plain = await ask('identity');
    expect([packed.headers.get('Content-Encoding'), plain.headers.get('Content-Encoding')]).toEqual([
      'gzip',
      null,
    ]);
    expect(Number(packed.headers.get('Content-Length'))).toBeLessThan(
      Number(plain.headers.get('Content-Length')) / 2,
    );
    expect(await packed.text()).toBe(await plain.text());
    expect([packed.headers.get('Vary'), plain.headers.get('Vary')]).toEqual([
      'Accept-Encoding',
      'Accept-Encoding',
    ]);
  });
});
