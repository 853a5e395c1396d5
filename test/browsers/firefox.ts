/**
 * Debian's Firefox, over WebDriver BiDi.
 *
 * @module
 */
import { launch } from 'puppeteer-core';
import { requireBrowserProgram } from './programs.mjs';
import type { OpenBrowser } from './provider.ts';

/** Starts it with a profile of its own, and opens a page. */
export async function openFirefox(url: string): Promise<OpenBrowser> {
  const browser = await launch({ browser: 'firefox', executablePath: requireBrowserProgram('firefox-esr'), headless: true, timeout: 120_000 });
  try {
    const page = await browser.newPage();
    await page.goto(url, { timeout: 120_000 });
    return browser;
  } catch (error) {
    await browser.close();
    throw error;
  }
}
