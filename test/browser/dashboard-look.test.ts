import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type House, openHouse } from '../support/house.ts';
import { ordered, reserved, sold } from '../support/sale.ts';
import { accessibilityProblems } from './support/accessibility.ts';
import { keepScreenshot, openBrowser } from './support/browser.ts';
import { type Cable, layCable } from './support/cable.ts';
import { type Desk, openDesk } from './support/dashboard.ts';

let house: House;
let browser: Browser;
beforeAll(async () => {
  house = await openHouse({ worker: true, env: { TEMPORAL_UI_URL: 'http://temporal.example' } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

/** A day with everything in it; made once, and looked at by everybody who comes. */
let day: Promise<{ order: string }> | undefined;
async function makeDay(): Promise<{ order: string }> {
  const { tickets, orderId: order } = await sold(house, 12);
  for (const [place, { qr_code: qr }] of tickets.slice(0, 3).entries()) {
    await house.post(
      '/venue/scan',
      { qr, function_code: 'ferry', scan_id: `look-${place}` },
      { key: 'gate' },
    );
  }
  await house.notify(order, { reference: 'second-payment' });
  const cancelled = await sold(house, 2, 107);
  await house.post(`/api/ota/orders/${cancelled.orderId}/cancel`, { reason: 'ferry does not sail' });
  const short = await ordered(house, await reserved(house, 1), 1);
  await house.notify(short.order_id, { amount: 30_000, currency: 'HKD' });
  for (const [place, minutes] of [4, 25, 95, 300, 700, 900, 1_100].entries()) {
    await house.post('/api/ota/reserve', {
      product_id: 106 + (place % 3),
      quantity: 3 + 7 * place,
      ...(place % 3 !== 0 && { reference: `GRP-2026-${place}` }),
      reservation_expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
    });
  }
  return { order };
}

/** Everything that an operator comes to see, in order. */
async function* screens(desk: Desk, cable: Cable): AsyncGenerator<string> {
  const { page } = desk;
  const ask = async (button: RegExp) => {
    await page.getByRole('button', { name: button }).first().click();
    await page.getByRole('dialog').waitFor();
  };
  const cancel = () => desk.confirm('Cancel');
  await page.getByLabel('Admin key').waitFor();
  yield 'sign-in';
  await desk.signIn('wrong');
  await page.getByText('unknown, expired or revoked').waitFor();
  yield 'sign-in-refused';
  await desk.signIn();
  await desk.section('Pools').waitFor();
  if (!day) {
    await page.getByText('Nothing was sold in the last 24 hours.').waitFor();
    yield 'empty';
  }
  const { order } = await (day ??= makeDay());
  await page.getByRole('heading', { name: 'Refund to pay out' }).waitFor();
  await desk.section('Holds that end next').getByText('GRP-2026-1').waitFor();
  await page.getByRole('banner').getByText('Live', { exact: true }).waitFor();
  yield 'overview';
  await page.getByText('The same as a table').click();
  await page.getByRole('button', { name: /^Show all/ }).click();
  yield 'unfolded';
  await ask(/^Release hold GRP/);
  yield 'release';
  await cancel();
  await ask(/^Extend hold GRP/);
  yield 'extend';
  await cancel();
  await ask(/^Accept payment/);
  yield 'accept';
  await cancel();
  await ask(/^Refund payment/);
  yield 'refund';
  await cancel();
  await ask(/^Settle refund/);
  yield 'settle';
  await cancel();
  await page.getByRole('button', { name: /^Move units of Premium/ }).click();
  const move = page.getByRole('dialog');
  await move.getByRole('spinbutton', { name: 'Units' }).fill('50');
  yield 'move';
  cable.pull();
  await page.getByRole('button', { name: /^Move 50/ }).click();
  await move.getByText('it will not be done twice').waitFor();
  yield 'unanswered';
  await page.keyboard.press('Escape');
  await page.getByRole('banner').getByText('Reconnecting').waitFor();
  yield 'reconnecting';
  cable.plug();
  await page.getByRole('banner').getByText('Live', { exact: true }).waitFor();
  await desk.find(order);
  await page.getByRole('article').waitFor();
  yield 'found';
  await desk.find('no-such-reference');
  await page.getByText('Ids are found as a whole').waitFor();
  yield 'nothing-found';
  await page.getByRole('link', { name: 'Close' }).click();
  await page.getByRole('button', { name: /^Move units of Pet/ }).click();
  await move.getByRole('spinbutton', { name: 'Units' }).fill('1');
  await page.getByRole('button', { name: /^Move 1 / }).click();
  await desk.untilDone('1 unit of product 107 moved');
  yield 'done';
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  yield 'signed-out';
}

describe('the dashboard', () => {
  it.each([
    ['light', {}],
    ['dark', { dark: true }],
    ['phone', { width: 360, height: 740, hasTouch: true }],
    ['phone-dark', { width: 360, height: 740, hasTouch: true, dark: true }],
  ])(
    'is accessible on every screen: %s',
    async (name, settings) => {
      const cable = await layCable(house.url);
      const desk = await openDesk(browser, { ...house, url: cable.url }, settings);
      try {
        expect(await problemsOf(desk, cable, name)).toEqual([]);
        expect([desk.errors, desk.strangers]).toEqual([[], []]);
      } finally {
        await desk.context.close();
        await cable.close();
      }
    },
    180_000,
  );
});

async function problemsOf(desk: Desk, cable: Cable, name: string): Promise<string[]> {
  const found: string[] = [];
  for await (const screen of screens(desk, cable)) {
    // Behind a question there is nothing to scroll to.
    const fullPage = (await desk.page.getByRole('dialog').count()) === 0;
    await keepScreenshot(desk.page, `dashboard-${name}-${screen}`, { fullPage });
    for (const problem of await accessibilityProblems(desk.page)) found.push(`${screen}: ${problem}`);
    const overflow = await desk.page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    if (overflow > 0) found.push(`${screen}: ${overflow} pixels wider than the screen`);
  }
  return found;
}
