/**
 * Drives Debian's Firefox over WebDriver BiDi.
 *
 * @module
 */
import { type Browser, launch, type LaunchOptions } from 'puppeteer-core';
import { requireBrowserProgram } from './programs.mjs';
import type { OpenBrowser } from './provider.ts';

/** Starts Firefox with a profile of its own. */
export function launchFirefox(options: LaunchOptions = {}): Promise<Browser> {
  return launch({
    browser: 'firefox',
    executablePath: requireBrowserProgram('firefox-esr'),
    headless: true,
    timeout: 120_000,
    ...options,
  });
}

/** Starts Firefox, and opens a page. */
export async function openFirefox(url: string): Promise<OpenBrowser> {
  const browser = await launchFirefox();
  try {
    const page = await browser.newPage();
    await page.goto(url, { timeout: 120_000 });
    return browser;
  } catch (error) {
    await browser.close();
    throw error;
  }
}
