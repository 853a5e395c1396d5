import type { PageBrowser, PageBrowserOptions } from './browser-page.ts';
import { startChromium, startFirefox } from './puppeteer-browser.ts';
import { startWebKitPages } from './webkit-browser.ts';

/** Those that the other tests of `e2e` do not start. */
export const otherBrowsers: [
  name: string,
  start: (options?: PageBrowserOptions) => Promise<PageBrowser>,
][] = [
  ['Firefox', startFirefox],
  ['WebKit', startWebKitPages],
];

export const allBrowsers: [name: string, start: () => Promise<PageBrowser>][] = [
  ['Chromium', startChromium],
  ...otherBrowsers,
];
