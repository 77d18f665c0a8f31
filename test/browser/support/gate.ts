import type { Browser, Page } from 'playwright-core';
import type { House } from '../../support/house.ts';
import { openTab, type Tab } from './browser.ts';

/** The two venues that the gates of these tests stand at. */
export async function addPiers(house: House): Promise<void> {
  for (const [venue_code, name] of [
    ['pier-1', 'Pier 1'],
    ['pier-2', 'Pier 2'],
  ]) {
    await house.post('/api/admin/venues', { venue_code, name }, { key: 'admin' });
  }
}

/** A phone at a gate, and what its operator does with it. */
export type GatePhone = Tab & {
  signIn(key?: string): Promise<void>;
  choose(functionLabel: string, venue?: string): Promise<void>;
  goTo(screen: 'Scan' | 'Gate'): Promise<void>;
  /** Types a code, as a scanner does, and returns the answer that is shown. */
  enter(code: string): Promise<string>;
  /** What stands beside the name of the page: whether it is connected, and what it has to send. */
  connection(): Promise<string>;
  /** Waits for what stands there. */
  untilConnection(text: string | RegExp): Promise<void>;
};

export async function openGatePhone(
  browser: Browser,
  house: House,
  settings?: Parameters<typeof openTab>[2],
): Promise<GatePhone> {
  const tab = await openTab(browser, house, settings);
  const { page } = tab;
  await page.goto('/gate');
  return {
    ...tab,
    signIn: async (key = house.keys.gate) => {
      await page.getByLabel('Key of this gate').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
    },
    choose: async (functionLabel, venue) => {
      await page.getByRole('button', { name: 'Gate' }).click();
      if (venue !== undefined) await page.getByLabel('Venue').selectOption({ label: venue });
      await page.getByLabel('Redeem here').selectOption({ label: functionLabel });
      await page.getByRole('button', { name: 'Scan' }).click();
      await page.getByLabel('Ticket code').waitFor();
    },
    goTo: (screen) => page.getByRole('button', { name: screen }).click(),
    enter: async (code) => {
      const answer = page.getByLabel('Answer', { exact: true });
      await page.getByLabel('Ticket code').fill(code);
      await page.getByRole('button', { name: 'Check' }).click();
      await answer.locator('.admitted, .refused').waitFor();
      return (await answer.innerText()).replaceAll(/\s*\n\s*/g, ' · ');
    },
    connection: () => page.getByRole('banner').getByRole('status').innerText(),
    untilConnection: (text) => page.getByRole('banner').getByText(text).waitFor(),
  };
}

/** All that a store of the phone's database holds. */
export const readStore = (page: Page, store: string): Promise<unknown[]> =>
  page.evaluate<unknown[]>(`(async () => {
    const wait = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
    const db = await wait(indexedDB.open('allotment-gate'));
    const all = await wait(db.transaction('${store}').objectStore('${store}').getAll());
    db.close();
    return all;
  })()`);

/** Waits until the page and its worker are on the phone, so that both open without a connection. */
export async function untilKept({ page }: Tab): Promise<void> {
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
}
