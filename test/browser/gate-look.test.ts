import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type House, openHouse } from '../support/house.ts';
import { sold, type SoldTicket, takeUnused } from '../support/sale.ts';
import { accessibilityProblems } from './support/accessibility.ts';
import { keepScreenshot, openBrowser } from './support/browser.ts';
import { addPiers, type GatePhone, openGatePhone, untilKept } from './support/gate.ts';

let house: House;
let browser: Browser;
let unused: SoldTicket[];
beforeAll(async () => {
  house = await openHouse({ worker: true });
  browser = await openBrowser();
  await addPiers(house);
  unused = (await sold(house, 20)).tickets;
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

const newTicket = () => takeUnused(unused);

/** Everything that a gate's staff come to see, in order. */
async function* screens(phone: GatePhone): AsyncGenerator<string> {
  const { page, context } = phone;
  await page.getByLabel('Key of this gate').waitFor();
  yield 'sign-in';
  await phone.signIn('wrong');
  await page.getByText('unknown, expired or revoked').waitFor();
  yield 'sign-in-refused';
  await phone.signIn();
  await page.getByRole('heading', { name: 'Demo gate' }).waitFor();
  yield 'choose';
  await phone.choose('Playground tokens', 'Pier 1');
  yield 'waiting';
  const ticket = newTicket();
  await phone.enter(ticket.qr_code);
  yield 'admitted';
  await page.getByLabel('Redeem').selectOption({ label: 'Ferry' });
  const elsewhere = {
    qr: ticket.qr_code,
    function_code: 'ferry',
    scan_id: ticket.ticket_code,
    venue_code: 'pier-2',
  };
  await house.post('/venue/scan', elsewhere, { key: 'gate' });
  await phone.enter(ticket.qr_code);
  yield 'refused';
  await untilKept(phone);
  await context.setOffline(true);
  const twice = newTicket();
  await phone.enter(twice.qr_code);
  yield 'offline-admitted';
  await phone.enter(twice.qr_code);
  yield 'offline-refused';
  await house.post(
    '/venue/scan',
    { ...elsewhere, qr: twice.qr_code, scan_id: twice.ticket_code },
    { key: 'gate' },
  );
  await context.setOffline(false);
  await page.getByText('1 conflict').waitFor();
  await phone.goTo('Gate');
  yield 'conflict';
}

describe('the gate page', () => {
  it.each([
    ['light', { dark: false }],
    ['dark', { dark: true }],
    ['small', { width: 320, height: 568 }],
    ['on-its-side', { width: 740, height: 360 }],
  ])(
    'is accessible on every screen: %s',
    async (name, settings) => {
      const phone = await openGatePhone(browser, house, settings);
      const found: string[] = [];
      for await (const screen of screens(phone)) {
        await keepScreenshot(phone.page, `gate-${name}-${screen}`);
        for (const problem of await accessibilityProblems(phone.page)) found.push(`${screen}: ${problem}`);
        const overflow = await phone.page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        if (overflow > 0) found.push(`${screen}: ${overflow} pixels wider than the screen`);
      }
      expect(found).toEqual([]);
      expect([phone.errors, phone.strangers]).toEqual([[], []]);
      await phone.context.close();
    },
    120_000,
  );
});
