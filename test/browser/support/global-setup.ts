import chromium from '@sparticuz/chromium';
import usual from '../../support/global-setup.ts';

/**
 * What other tests have, and a browser: TEST_CHROMIUM is its program. CHROMIUM_PATH names another than the
 * one of the package, which is for Linux on x64 alone.
 */
export default async function globalSetup(): Promise<void> {
  process.env.TEST_CHROMIUM = process.env.CHROMIUM_PATH || (await chromium.executablePath());
  await usual();
}
