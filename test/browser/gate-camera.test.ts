import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { type House, openHouse } from '../support/house.ts';
import { sold, type SoldTicket } from '../support/sale.ts';
import { keepScreenshot, openBrowser } from './support/browser.ts';
import { filmOf } from './support/fake-camera.ts';
import { openGatePhone } from './support/gate.ts';

let house: House;
let browser: Browser;
let ticket: SoldTicket;
let film: ReturnType<typeof filmOf>;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  ticket = (await sold(house, 1)).tickets[0] as SoldTicket;
  film = filmOf(ticket.qr_code);
  browser = await openBrowser([
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${film.path}`,
  ]);
});
afterAll(async () => {
  await browser.close();
  await house.close();
  film.remove();
});

describe('the camera', () => {
  it('reads the code that a guest holds up, once for each time', async () => {
    const phone = await openGatePhone(browser, house, { permissions: ['camera'] });
    const { page } = phone;
    await phone.signIn();
    await phone.choose('Ferry');
    await page.getByText('None left').waitFor();
    await keepScreenshot(page, 'gate-camera');
    expect(
      await house.sql('select quantity from redemptions where ticket_code = $1', [ticket.ticket_code]),
    ).toEqual([{ quantity: 1 }]);
    const stream = await page.evaluateHandle<{ getTracks(): { readyState: string }[] }>(
      'document.querySelector("video").srcObject',
    );
    const isLive = () =>
      stream.evaluate((taken) => taken.getTracks().some((one) => one.readyState === 'live'));
    expect(await isLive()).toBe(true);
    await phone.goTo('Gate');
    await eventually('the camera let go', async () => !(await isLive()));
    expect(await page.locator('.history li').count()).toBe(1);
    expect([phone.errors, phone.strangers]).toEqual([[], []]);
    await phone.context.close();
  });

  it('can be started again when the phone has taken it away', async () => {
    const phone = await openGatePhone(browser, house, { permissions: ['camera'] });
    const { page } = phone;
    await phone.signIn();
    await phone.choose('Ferry');
    await page.locator('.camera.on').waitFor();
    await page.evaluate(
      'document.querySelector("video").srcObject.getTracks()[0].dispatchEvent(new Event("ended"))',
    );
    await page.getByText('The camera was taken away').waitFor();
    await page.getByRole('button', { name: 'Start the camera' }).click();
    await page.locator('.camera.on').waitFor();
    await phone.context.close();
  });

  it('says what to do where it is not allowed', async () => {
    const withoutCamera = await openBrowser();
    const phone = await openGatePhone(withoutCamera, house);
    await phone.signIn();
    await phone.choose('Ferry');
    await phone.page.getByRole('button', { name: 'Start the camera' }).click();
    await phone.page.getByText(/The camera is not allowed|There is no camera/).waitFor();
    expect(await phone.enter('x')).toMatch(/^Not valid/);
    await withoutCamera.close();
  });
});
