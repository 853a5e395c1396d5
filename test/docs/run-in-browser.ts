import { build } from 'esbuild';
import { chromium, type Route } from 'playwright';
import { findChromium, launchArguments } from '../support/chromium.mjs';
import { root, type Sample } from './samples.ts';

/** Runs samples in pages of https://www.example.com/. */
export interface BrowserRunner extends AsyncDisposable {
  /** @returns what it has printed. */
  run(sample: Sample): Promise<string[]>;
}

/** Answers for a whole site from the server on loopback, and lets its hosts call each other. */
async function answer(route: Route, origin: string): Promise<void> {
  const request = route.request();
  const { host, pathname, search } = new URL(request.url());
  const asked = await request.allHeaders();
  if (pathname === '/')
    return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Page</title>' });
  const cors = {
    'access-control-allow-origin': asked['origin'] ?? '*',
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': asked['access-control-request-headers'] ?? '',
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-expose-headers': 'link, retry-after',
  };
  if (request.method() === 'OPTIONS') return route.fulfill({ status: 204, headers: cors });
  const response = await route.fetch({
    url: origin + pathname + search,
    headers: { ...asked, 'x-example-host': host },
    maxRedirects: 0,
  });
  return route.fulfill({ response, headers: { ...response.headers(), ...cors } });
}

export async function browserRunner(origin: string): Promise<BrowserRunner> {
  const executablePath = findChromium();
  const browser = await chromium.launch({
    args: launchArguments,
    ...(executablePath && { executablePath }),
  });
  return {
    async run({ code }) {
      const { outputFiles } = await build({
        stdin: { contents: code, loader: 'ts', resolveDir: root },
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'browser',
        conditions: ['development'],
        // Else the sources stand behind the names of the package.
        tsconfigRaw: '{}',
        logLevel: 'silent',
      });
      const context = await browser.newContext();
      try {
        await context.route('**/*', (route) => answer(route, origin));
        const page = await context.newPage();
        const printed: string[] = [];
        const faults: string[] = [];
        page.on('console', (message) => {
          if (message.type() === 'log') printed.push(message.text());
        });
        page.on('pageerror', (error) => faults.push(String(error)));
        await page.goto('https://www.example.com/');
        // Its last line tells that it has ended: a module has no other end that a page can see.
        const script = `${outputFiles[0]?.text ?? ''}\nglobalThis.hasEnded = true;`;
        await page.addScriptTag({ type: 'module', content: script });
        const ended = page.waitForFunction('globalThis.hasEnded', undefined, { timeout: 20_000 });
        await ended.catch((error: unknown) => faults.push(String(error)));
        if (faults.length > 0) throw new Error(faults.join('\n'));
        return printed;
      } finally {
        await context.close();
      }
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
