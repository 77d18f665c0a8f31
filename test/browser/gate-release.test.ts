import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { type House, openHouse } from '../support/house.ts';
import { openBrowser } from './support/browser.ts';
import { openGatePhone, untilKept } from './support/gate.ts';

let house: House;
let browser: Browser;
let proxy: Server;
let url: string;
let release = 1;
beforeAll(async () => {
  house = await openHouse();
  browser = await openBrowser();
  proxy = createServer((request, response) => {
    void ofRelease(request.url ?? '').then(({ status, headers, body }) =>
      response.writeHead(status, headers).end(body),
    );
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => proxy.close(resolve));
  await house.close();
});

/** What a server of a later release answers: its page has another title, and its worker another version. */
async function ofRelease(path: string) {
  const answer = await fetch(house.url + path);
  const headers = { 'Content-Type': answer.headers.get('Content-Type') ?? '' };
  const { status } = answer;
  if (path === '/gate') {
    const page = (await answer.text()).replace(/<title>.*<\/title>/, `<title>Release ${release}</title>`);
    return { status, headers, body: page };
  }
  if (path === '/gate/service-worker.js') {
    const allowed = { ...headers, 'Service-Worker-Allowed': '/gate' };
    return {
      status,
      headers: allowed,
      body: (await answer.text()).replace(/allotment-gate-/, `$&${release}-`),
    };
  }
  return { status, headers, body: Buffer.from(await answer.arrayBuffer()) };
}

describe('a new release', () => {
  it('is what the page becomes when it is opened, and while it is open when nobody looks', async () => {
    const { page, context, ...phone } = await openGatePhone(browser, { ...house, url });
    const session = await context.newCDPSession(page);
    // Not by the page's own functions, which count as a touch.
    const title = async () =>
      (await session.send('Runtime.evaluate', { expression: 'document.title' })).result.value as string;
    const becomes = (wanted: string) => eventually(wanted, async () => (await title()) === wanted);
    await untilKept({ page, context, ...phone });
    expect(await title()).toBe('Release 1');

    release = 2;
    await page.reload();
    await becomes('Release 2');

    await page.getByLabel('Key of this gate').click();
    release = 3;
    await page.evaluate(lookForRelease);
    expect(await title()).toBe('Release 2');
    await page.evaluate(hide);
    await becomes('Release 3');
    expect(phone.errors).toEqual([]);
    await context.close();
  });
});

/** As the page does once an hour; done when the new worker has taken over. */
const lookForRelease = `(async () => {
  const taken = new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done, { once: true }));
  await (await navigator.serviceWorker.getRegistration('/gate')).update();
  await taken;
})()`;

/** What a page is told when the phone is put away. */
const hide = `Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));`;
