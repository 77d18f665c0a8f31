import type { Browser, Locator } from 'playwright-core';
import type { House } from '../../support/house.ts';
import { openTab, type Tab } from './browser.ts';

/** A browser at an operator's desk, and what the operator does with it. */
export type Desk = Tab & {
  signIn(key?: string): Promise<void>;
  /** A part of the page, by its heading. */
  section(heading: string): Locator;
  /** The numbers of a pool, as they are read: sold, reserved, available, allocated. */
  pool(product: string, channel: string): Promise<string[]>;
  find(sought: string): Promise<void>;
  /** Presses what is named in the open confirmation. */
  confirm(button: string): Promise<void>;
  /** Waits for what is told when something was done. */
  untilDone(text: string | RegExp): Promise<void>;
};

export async function openDesk(
  browser: Browser,
  house: House,
  settings: Parameters<typeof openTab>[2] = {},
): Promise<Desk> {
  const tab = await openTab(browser, house, { width: 1280, height: 800, hasTouch: false, ...settings });
  const { page } = tab;
  await page.goto('/dashboard');
  const section = (heading: string) =>
    page.locator('section').filter({ has: page.getByRole('heading', { name: heading, exact: true }) });
  return {
    ...tab,
    section,
    signIn: async (key = house.keys.admin) => {
      await page.getByLabel('Admin key').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
    },
    pool: async (product, channel) => {
      const rows = page.getByRole('rowgroup').filter({ has: page.getByRole('heading', { name: product }) });
      const row = rows
        .getByRole('row')
        .filter({ has: page.getByRole('rowheader', { name: channel, exact: true }) });
      const cells = await row.locator('.number').allTextContents();
      return cells.map((text) => text.split(' ')[0] ?? '');
    },
    find: async (sought) => {
      await page.getByRole('searchbox').fill(sought);
      await page.getByRole('button', { name: 'Find' }).click();
    },
    confirm: (button) => page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click(),
    untilDone: (text) => page.locator('.told').getByText(text).waitFor(),
  };
}
