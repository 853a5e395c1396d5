/**
 * A provider of Vitest's browser mode for a browser that Vitest has none for. All that these tests
 * need of a provider is to open a page.
 *
 * @module
 */
import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProviderOption } from 'vitest/node';

/** A browser that was started for one page. */
export interface OpenBrowser {
  close(): Promise<void>;
}

/** Makes a provider; `open` starts the browser and opens the page. */
export function browserProvider(
  name: string,
  open: (url: string) => Promise<OpenBrowser>,
): BrowserProviderOption {
  return defineBrowserProvider({
    name,
    providerFactory() {
      const browsers = new Map<string, Promise<OpenBrowser>>();

      const close = async (sessionId: string) => {
        const browser = browsers.get(sessionId);
        browsers.delete(sessionId);
        await (await browser)?.close();
      };

      return {
        name,
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        async openPage(sessionId, url) {
          await close(sessionId);
          const browser = open(url);
          browsers.set(sessionId, browser);
          await browser;
        },
        async close() {
          await Promise.allSettled([...browsers.keys()].map(close));
        },
      };
    },
  });
}
