/**
 * WebKitGTK over WebDriver.
 *
 * @module
 */
import { startWebKit, type WebKitSession } from '../../test/browsers/webkit.ts';
import type {
  BrowserCookie,
  BrowserPage,
  PageBrowser,
  PageBrowserOptions,
} from './browser-page.ts';

export async function startWebKitPages({
  scripts = true,
}: PageBrowserOptions = {}): Promise<PageBrowser> {
  const webKit = await startWebKit();
  return {
    openPage: async () =>
      pageOf(
        await webKit.openSession({
          args: [`--enable-javascript=${scripts}`],
          acceptInsecureCerts: true,
        }),
      ),
    close: () => webKit.close(),
  };
}

function pageOf({ command, close }: WebKitSession): BrowserPage {
  /** The path of an element's commands. */
  async function find(selector: string): Promise<string> {
    const [id] = Object.values(
      await command<Record<string, string>>('POST', '/element', {
        using: 'css selector',
        value: selector,
      }),
    );
    return `/element/${id}`;
  }

  return {
    problems: [],
    goto: (url) => command('POST', '/url', { url }),
    evaluate: (expression) =>
      command('POST', '/execute/sync', { script: `return ${expression}`, args: [] }),
    click: async (selector) => command('POST', `${await find(selector)}/click`, {}),
    async fill(selector, text) {
      const element = await find(selector);
      await command('POST', `${element}/clear`, {});
      await command('POST', `${element}/value`, { text });
    },
    chooseFile: async (selector, path) =>
      command('POST', `${await find(selector)}/value`, { text: path }),
    async cookies() {
      const cookies = await command<(Omit<BrowserCookie, 'expires'> & { expiry?: number })[]>(
        'GET',
        '/cookie',
      );
      return cookies.map(({ expiry, ...cookie }) => ({ ...cookie, expires: expiry }));
    },
    close,
  };
}
