import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { House } from '../../support/house.ts';

const screenshots = fileURLToPath(new URL('../../../coverage/screenshots/', import.meta.url));

/** A browser; whoever opens it closes it. */
export const openBrowser = (args: string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? '',
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  });

type Settings = {
  dark?: boolean;
  width?: number;
  height?: number;
  hasTouch?: boolean;
  permissions?: string[];
};

/** A tab of its own on a phone of its own, with what went wrong in it. */
export type Tab = {
  page: Page;
  context: BrowserContext;
  /** Errors of scripts and broken rules of the content security policy; of the network only while it is there. */
  errors: string[];
  /** Addresses outside the house that it has asked for. */
  strangers: string[];
};

/** A phone's screen unless another size is asked for; in Hong Kong, where the house's days are. */
export async function openTab(
  browser: Browser,
  house: House,
  { dark = false, width = 390, height = 844, hasTouch = true, permissions = [] }: Settings = {},
): Promise<Tab> {
  const context = await browser.newContext({
    baseURL: house.url,
    locale: 'en-US',
    timezoneId: 'Asia/Hong_Kong',
    viewport: { width, height },
    deviceScaleFactor: 2,
    hasTouch,
    isMobile: width < height,
    colorScheme: dark ? 'dark' : 'light',
    permissions,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const tab: Tab = { page, context, errors: [], strangers: [] };
  page.on('pageerror', (error) => tab.errors.push(error.message));
  page.on('console', (message) => {
    const isOfNetwork = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isOfNetwork) tab.errors.push(message.text());
  });
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== house.url && !['blob:', 'data:'].includes(protocol)) tab.strangers.push(request.url());
  });
  return tab;
}

/** Kept as an artefact of the run, under coverage/screenshots. */
export async function keepScreenshot(page: Page, name: string, { fullPage = false } = {}): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  // A whole page in a phone's resolution is more than Chromium can always draw at once.
  const scale = fullPage ? 'css' : 'device';
  await page.screenshot({ path: `${screenshots}${name}.png`, animations: 'disabled', fullPage, scale });
}
