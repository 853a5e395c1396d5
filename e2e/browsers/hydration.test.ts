import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Session } from 'isosession';
import { dehydrate, forwardSession } from 'isosession/ssr';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { PageBrowser } from './browser-page.ts';
import { allBrowsers } from './browsers.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** What would tell on itself by `ran`, and what would break the rest of the page. */
const hostile: [name: string, data: unknown][] = [
  ['the end of the script and a new one', '</script><script>ran.push("script")</script>'],
  ['the end of the script in capitals, with blanks', '</SCRIPT ><svg onload="ran.push(\'svg\')">'],
  ['a comment that a script opens within itself', '<!--<script>ran.push("double escaped")'],
  ['a comment that is opened and never closed', '<!--'],
  [
    'CDATA, entities and a template',
    ']]><![CDATA[ &lt;/script&gt; &#60;/script> ${ran.push("template")} `',
  ],
  ['the line separators of old scripts', 'a\u2028ran.push("line")\u2029b\r\n\0\ud800'],
  ['quotes and backslashes', '"];ran.push("quote")//\\"\\\\\'</script>\\'],
  ['keys that are code', { '</script><script>ran.push("key")</script>': { '<!--': '\u2028' } }],
];

/** As servers send it: `JSON.stringify` gives no such key. */
const polluting =
  '{"__proto__":{"polluted":"</script>"},"constructor":{"prototype":{"polluted":1}},' +
  '"list":[{"__proto__":null}]}';

interface Row {
  name: string;
  body: string;
  path?: string;
  link?: string;
}

const rows: Row[] = [
  ...hostile.map(([name, data]) => ({ name, body: JSON.stringify(data) })),
  { name: '__proto__ and constructor', body: polluting },
  { name: 'a URL', body: '1', path: 'data?</script><!--=%E2%80%A8&__proto__=1' },
  { name: 'a header', body: '1', link: '</script><script>ran.push("header")</script>; rel="<!--"' },
];

const page = (data: string, path: string): string => `<!doctype html><html><head><title>Page</title>
<script>
  var ran = [];
  addEventListener('error', ({ message }) => ran.push(message), true);
  var prototype = () => Object.getOwnPropertyNames(Object.prototype).sort().join();
  var before = prototype();
</script>
<script type="importmap">
  { "imports": { "isosession": "/dist/browser.js", "isosession/ssr": "/dist/ssr.js" } }
</script></head>
<body><script type="application/json" id="session">${data}</script>
<script>var asScript = JSON.stringify(${data});</script>
<script type="module">
  import { Session } from 'isosession';
  import { hydrate } from 'isosession/ssr';
  const session = new Session({ baseUrl: '/api/' });
  const data = document.getElementById('session');
  hydrate(session, data.textContent);
  const response = await session.get(${JSON.stringify(path).replaceAll('<', '\\x3c')});
  const text = await response.clone().text();
  const json = await response.json();
  const comments = document.createNodeIterator(document, NodeFilter.SHOW_COMMENT);
  window.outcome = {
    text, json: JSON.stringify(json), link: response.headers.get('link'), ran,
    sameScript: asScript === JSON.stringify(JSON.parse(data.textContent)),
    polluted: 'polluted' in {} || before !== prototype(),
    elements: [...document.querySelectorAll('body, body *')].map(({ localName }) => localName),
    comments: comments.nextNode() !== null,
    title: document.title,
    last: document.body.lastElementChild.textContent,
  };
</script>
<p>The end</p></body></html>`;

let server: Server;
let api: Session;
let origin: string;
/** What is tried. */
let row: Required<Row>;
/** How often each side has asked it. */
let asked: string[];

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname } = new URL(req.url ?? '', 'http://page');
  if (pathname.startsWith('/api/')) {
    asked.push(req.headers['x-render'] ? 'render' : 'browser');
    res.writeHead(200, { 'content-type': 'application/json', link: row.link }).end(row.body);
  } else if (pathname.startsWith('/dist/')) {
    res
      .writeHead(200, { 'content-type': 'text/javascript' })
      .end(await readFile(dist + pathname.slice('/dist'.length)));
  } else if (pathname === '/') {
    const session = forwardSession(
      api,
      { node: { req, res } },
      { to: [origin], context: { hydrate: true } },
    );
    await session.get(row.path);
    res
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(page(dehydrate(session), row.path));
  } else res.writeHead(404).end();
}

beforeAll(async () => {
  server = createServer((req, res) => void answer(req, res));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api = new Session({ baseUrl: `${origin}/api/`, headers: { 'x-render': '1' } });
});

afterAll(async () => {
  await api.close();
  server.close().closeAllConnections();
});

describe.each(allBrowsers)('S9: data in a page is inert in %s', (_, start) => {
  let browser: PageBrowser;

  beforeAll(async () => void (browser = await start()));
  afterAll(() => browser.close());

  test.each(rows)('$name', async ({ name, body, path = 'data', link = '<next>; rel="next"' }) => {
    row = { name, body, path, link };
    asked = [];
    const opened = await browser.openPage();
    onTestFinished(() => opened.close());
    await opened.goto(origin);
    await expect
      .poll(() => opened.evaluate('window.outcome'))
      .toEqual({
        text: body,
        json: JSON.stringify(JSON.parse(body)),
        link,
        ran: [],
        sameScript: true,
        polluted: false,
        elements: ['body', 'script', 'script', 'script', 'p'],
        comments: false,
        title: 'Page',
        last: 'The end',
      });
    expect(asked).toEqual(['render']);
    expect(opened.problems).toEqual([]);
  });
});
