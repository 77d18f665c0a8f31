import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalCodes } from '../../src/domain/errors.ts';
import { type House, openHouse } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const page = (path: string) => house.get(path, { key: null });
const here = (address: string) => new URL(address, house.config.publicUrl);
/** What a browser loads for a page by itself, and what a reader can follow. */
const loaded = (html: string) =>
  [...html.matchAll(/<(?:link[^>]* href|(?:script|img)[^>]* src)="([^"]+)"/g)].map(([, to]) => to ?? '');
const followed = (html: string) => [...html.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, to]) => to ?? '');

describe('GET /docs', () => {
  it.each(['/docs', '/docs/errors', '/docs/partners'])(
    'shows %s, which loads from here alone',
    async (path) => {
      const { status, headers, text } = await page(path);
      expect([status, headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers.get('Content-Security-Policy')).toContain("default-src 'self'");
      expect(loaded(text)).toContain('/docs/docs.css');
      for (const address of loaded(text)) {
        expect(address).toMatch(/^\/docs\//);
        expect([address, (await page(address)).status]).toEqual([address, 200]);
      }
    },
  );

  it('starts without the validator of the internet, from the document of this server', async () => {
    const { text } = await page('/docs/start.js');
    expect(text).toContain("url: '/openapi.json'");
    expect(text).toContain('validatorUrl: null');
    expect(text).not.toMatch(/https?:/);
    expect((await page('/docs/docs.css')).text).not.toMatch(/https?:|@import|url\(/);
  });

  it('leads from the introduction and the guides to pages that exist', async () => {
    const { body: document } = await page('/openapi.json');
    const introduction: string = document.info.description;
    const links = [
      ...[...introduction.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to ?? ''),
      ...followed((await page('/docs/errors')).text),
      ...followed((await page('/docs/partners')).text),
    ].filter((link) => !link.startsWith('https://'));
    expect(links).toEqual(
      expect.arrayContaining(['/docs/partners', '/docs/errors', '/openapi.json', '/docs']),
    );
    for (const link of links) expect([link, (await page(here(link).pathname)).status]).toEqual([link, 200]);
  });

  it('has the files that the examples point to', async () => {
    const { body: document } = await page('/openapi.json');
    const pictures = [...JSON.stringify(document).matchAll(/"externalValue":"([^"]+)"/g)].map(
      ([, to]) => to!,
    );
    const types = [];
    for (const picture of pictures) {
      expect(here(picture).origin).toBe(here('/').origin);
      const { status, headers } = await page(here(picture).pathname);
      types.push([status, headers.get('Content-Type')?.split(';')[0]]);
    }
    const kinds = ['application/pdf', 'application/zip', 'image/png', 'image/svg+xml'];
    expect(new Set(types.map((one) => one.join(' ')))).toEqual(new Set(kinds.map((kind) => `200 ${kind}`)));
  });

  it('gives away no other file', async () => {
    for (const file of [
      'package.json',
      'index.html',
      '..%2f..%2fpackage.json',
      '%2e%2e/package.json',
      'operations',
    ]) {
      expect([file, (await page(`/docs/${file}`)).status]).toEqual([file, 404]);
    }
  });
});

describe('GET /docs/errors', () => {
  it('has a place for each code, and for no code twice', async () => {
    const { text } = await page('/docs/errors');
    const anchors = [...text.matchAll(/<h2 id="([^"]+)"/g)].map(([, anchor]) => anchor);
    expect(anchors.toSorted()).toEqual(refusalCodes.map((code) => code.toLowerCase()).toSorted());
  });

  it('is where the type of a refusal leads', async () => {
    for (const path of ['/nowhere', '/api/ota/inventory', '/pricing/rules/999']) {
      const { body } = await page(path);
      const { origin, pathname, hash } = here(body.type);
      expect(origin).toBe(here('/').origin);
      expect((await page(pathname)).text).toContain(`<h2 id="${hash.slice(1)}">${body.code}</h2>`);
    }
  });
});
