import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium } from '../test/browsers/chromium.ts';
import { root } from '../test/package/consumer.ts';

/** What patches `fetch` on a page, and a session that was there before. */
const programs: Record<string, string> = {
  opentelemetry: `
    import { registerInstrumentations } from '@opentelemetry/instrumentation';
    import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
    import { SimpleSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
    page.spans = [];
    const exporter = {
      export: (spans) => void page.spans.push(...spans.map((span) =>
        ({ attributes: span.attributes, traceId: span.spanContext().traceId }))),
      shutdown: async () => {},
    };
    new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    registerInstrumentations({ instrumentations: [new FetchInstrumentation()] });`,
  sentry: `
    import { init } from '@sentry/browser';
    page.breadcrumbs = [];
    init({
      dsn: 'https://key@sentry.invalid/1',
      tunnel: '/tunnel',
      beforeBreadcrumb: (breadcrumb) => (page.breadcrumbs.push(breadcrumb), breadcrumb),
    });`,
  ...Object.fromEntries(
    ['msw', 'msw3'].map((name) => [
      name,
      `
      import { http, HttpResponse } from '${name}';
      import { setupWorker } from '${name}/browser';
      page.ready = setupWorker(
        http.get('https://api.example.com/text', () => HttpResponse.text('mocked')),
        http.put('https://api.example.com/echo', async ({ request }) =>
          HttpResponse.text(await request.text())),
        http.get('/api/busy', () => HttpResponse.text('busy', { status: 503 })),
      ).start({
        quiet: true,
        onUnhandledRequest: 'error',
        onUnhandledFrame: 'error',
        serviceWorker: { url: '/${name}/worker.js' , options: { scope: '/' } },
      });`,
    ]),
  ),
};

let browser: Browser;
let server: Server;
let origin: string;
let bundles: Record<string, string>;
/** Those of the calls that came to the server. */
let received: IncomingHttpHeaders[];

async function bundle(program: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import * as isosession from 'isosession';
        const session = new isosession.Session({ baseUrl: '/api/', retry: 0 });
        const page = (window.page = { ...isosession, session });
        ${program}`,
      resolveDir: root,
    },
    bundle: true,
    // Not the sources, which are behind the name in tsconfig.json.
    tsconfigRaw: {},
    write: false,
    format: 'iife',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

async function scriptOf(path: string): Promise<string | undefined> {
  const [, name = '', file] = path.split('/');
  if (file === 'worker.js')
    return readFile(`${root}/node_modules/${name}/lib/mockServiceWorker.js`, 'utf8');
  return file === 'bundle.js' ? bundles[name] : undefined;
}

beforeAll(async () => {
  const built = Object.entries(programs).map(async ([name, program]) => [
    name,
    await bundle(program),
  ]);
  bundles = Object.fromEntries(await Promise.all(built)) as Record<string, string>;
  server = createServer((request, response) => {
    const { url = '', headers } = request;
    if (url.startsWith('/api/')) {
      received.push(headers);
      response.writeHead(url === '/api/missing' ? 404 : 200).end('real');
      return;
    }
    void scriptOf(url).then((script) => {
      response
        .setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript')
        .setHeader('service-worker-allowed', '/')
        .end(
          script ?? `<!doctype html><title>Page</title><script src="${url}/bundle.js"></script>`,
        );
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  server?.close().closeAllConnections();
});
beforeEach(() => void (received = []));

async function open(name: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${origin}/${name}`);
  return page;
}

const run = <T>(page: Page, code: string): Promise<T> =>
  page.evaluate<T>(`(async () => {
    const { session, Session } = page;
    ${code}
  })()`);

describe('what patches fetch on a page', () => {
  test('OpenTelemetry has a span of each request, which names its trace', async () => {
    const page = await open('opentelemetry');
    await run(
      page,
      `await session.get('found').text();
      await session.extend().get('missing');`,
    );
    await page.waitForFunction('page.spans.length === 2');
    const spans = await page.evaluate<{ traceId: string }[]>('page.spans');
    expect(spans).toEqual([
      expect.objectContaining({
        attributes: expect.objectContaining({ 'url.full': `${origin}/api/found` }),
      }),
      expect.objectContaining({
        attributes: expect.objectContaining({
          'url.full': `${origin}/api/missing`,
          'http.response.status_code': 404,
        }),
      }),
    ]);
    expect(received.map(({ traceparent }) => String(traceparent).split('-')[1])).toEqual(
      spans.map(({ traceId }) => traceId),
    );
  });

  test('Sentry has a breadcrumb of each request', async () => {
    const page = await open('sentry');
    const breadcrumbs = await run(
      page,
      `await session.post('found', { json: {} }).text();
      await session.extend().get('missing');
      return page.breadcrumbs.map(({ category, data }) => [category, data]);`,
    );
    const data = (method: string, path: string, status: number) => [
      'fetch',
      expect.objectContaining({ method, url: `${origin}/api/${path}`, status_code: status }),
    ];
    expect(breadcrumbs).toEqual([data('POST', 'found', 200), data('GET', 'missing', 404)]);
  });

  test.each(['msw', 'msw3'])("%s's worker answers every session", async (name) => {
    const page = await open(name);
    const answers = await run(
      page,
      `await page.ready;
      const sessions = [session, session.extend(), new Session()];
      const texts = sessions.map((each) => each.get('https://api.example.com/text').text());
      const unhandled = await session.get('unhandled');
      return [
        ...(await Promise.all(texts)),
        await session.put('https://api.example.com/echo', { form: { a: '1' } }).text(),
        (await session.get('busy')).status,
        unhandled.status,
      ];`,
    );
    expect(answers).toEqual(['mocked', 'mocked', 'mocked', 'a=1', 503, 500]);
    expect(received).toEqual([]);
  });
});
