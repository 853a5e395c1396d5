import type { PageBrowser, PageBrowserOptions } from './browser-page.ts';
import { startChromium, startFirefox } from './puppeteer-browser.ts';
import { startWebKitPages } from './webkit-browser.ts';

type Start = (options?: PageBrowserOptions) => Promise<PageBrowser>;

/** Those that `e2e` has not tested yet. */
export const otherBrowsers: [name: string, start: Start][] = [['Firefox', startFirefox], ['WebKit', startWebKitPages]];

export const allBrowsers: [name: string, start: Start][] = [['Chromium', startChromium], ...otherBrowsers];
