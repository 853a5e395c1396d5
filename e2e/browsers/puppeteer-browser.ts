/**
 * Chromium over its own protocol and Firefox over WebDriver BiDi.
 *
 * @module
 */
import {
  type Browser,
  type BrowserContext,
  type ElementHandle,
  launch,
  type Page,
} from 'puppeteer-core';
import { launchFirefox } from '../../test/browsers/firefox.ts';
import { launchArguments, requireChromium } from '../../test/support/chromium.mjs';
import type { BrowserPage, PageBrowser, PageBrowserOptions } from './browser-page.ts';

/** ms until a browser that does not answer fails the test by name. */
const protocolTimeout = 60_000;

export async function startChromium(): Promise<PageBrowser> {
  return browserOf(
    await launch({
      executablePath: requireChromium(),
      args: launchArguments,
      acceptInsecureCerts: true,
      protocolTimeout,
    }),
  );
}

export async function startFirefox({
  scripts = true,
}: PageBrowserOptions = {}): Promise<PageBrowser> {
  return browserOf(
    await launchFirefox({
      acceptInsecureCerts: true,
      protocolTimeout,
      extraPrefsFirefox: { 'javascript.enabled': scripts },
    }),
  );
}

function browserOf(browser: Browser): PageBrowser {
  return {
    async openPage() {
      const context = await browser.createBrowserContext();
      return pageOf(context, await context.newPage());
    },
    close: () => browser.close(),
  };
}

function pageOf(context: BrowserContext, page: Page): BrowserPage {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  const evaluate = async <T>(expression: string): Promise<T> =>
    (await page.evaluate(expression)) as T;
  const within = (selector: string, code: string) =>
    evaluate<{ x: number; y: number }>(
      `((element) => { ${code} })(document.querySelector(${JSON.stringify(selector)}))`,
    );

  return {
    problems,
    goto: async (url) => void (await page.goto(url)),
    evaluate,
    // Puppeteer's own ways to click and to fill wait for callbacks, which never come where scripts
    // are switched off.
    async click(selector) {
      const { x, y } = await within(
        selector,
        `element.scrollIntoView({ block: 'center' });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };`,
      );
      await page.mouse.click(x, y);
    },
    async fill(selector, text) {
      await within(selector, 'element.focus(); element.select();');
      await page.keyboard.type(text);
    },
    async chooseFile(selector, path) {
      const input = (await page.$(selector)) as ElementHandle<HTMLInputElement>;
      await input.uploadFile(path);
    },
    async cookies() {
      const cookies = await context.cookies();
      return cookies.map(
        ({
          name,
          value,
          domain,
          path,
          httpOnly,
          secure,
          sameSite,
          session,
          expires,
          partitionKey,
        }) => ({
          name,
          value,
          domain,
          path,
          httpOnly: Boolean(httpOnly),
          secure,
          sameSite,
          expires: session ? undefined : expires,
          partition: partitionKey,
        }),
      );
    },
    close: () => context.close(),
  };
}
