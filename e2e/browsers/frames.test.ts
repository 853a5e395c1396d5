import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageBrowser } from './browser-page.ts';
import { allBrowsers } from './browsers.ts';

const library = fileURLToPath(new URL('../../dist/umd/isosession.js', import.meta.url));

/** How a frame of the page's own gets the library and a program. */
const frames = {
  'about:srcdoc': `frame.srcdoc = '<!doctype html><script src="/isosession.js"></' +
    'script><script>' + program + '</' + 'script>';`,
  // After what Firefox has of it at first was replaced.
  'about:blank': `setTimeout(() => {
    const { document } = frame.contentWindow;
    const add = (content) => {
      const script = document.createElement('script');
      document.body.append(Object.assign(script, content));
      return script;
    };
    add({ src: '/isosession.js' }).onload = () => add({ textContent: program });
  });`,
};

const server: Server = createServer((request, response) => {
  const { url = '', headers } = request;
  if (url === '/isosession.js') {
    response.setHeader('content-type', 'text/javascript');
    void readFile(library).then((text) => response.end(text));
  } else if (url.startsWith('/app/api/')) {
    response.setHeader('set-cookie', 'XSRF-TOKEN=token; Path=/');
    response.end(`${url} ${String(headers['x-xsrf-token'])}`);
  } else {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><base href="/app/"><title>Page</title><body></body>');
  }
});
let origin: string;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close().closeAllConnections());

describe.each(allBrowsers)('frames in %s', (_, start) => {
  let browser: PageBrowser;
  beforeAll(async () => void (browser = await start()));
  afterAll(() => browser.close());

  test.each(Object.entries(frames))(
    '%s calls relative URLs by the base of its page, with the tokens of its origin',
    async (url, fill) => {
      const page = await browser.openPage();
      await page.goto(`${origin}/`);
      const answers = await page.evaluate<string[]>(`new Promise((resolve) => {
        window.tell = resolve;
        const program = '(' + (async () => {
          const session = new isosession.Session({ baseUrl: 'api/', retry: 0 });
          session.use(isosession.csrf());
          parent.tell([
            location.href,
            await session.get('seen').text(),
            await session.post('sent').text(),
            await isosession.get('api/once').text(),
          ]);
        }) + ')().catch((error) => parent.tell([String(error)]))';
        const frame = document.createElement('iframe');
        document.body.append(frame);
        ${fill}
      })`);
      expect(answers).toEqual([
        url,
        '/app/api/seen undefined',
        '/app/api/sent token',
        '/app/api/once undefined',
      ]);
      await page.close();
    },
  );
});
