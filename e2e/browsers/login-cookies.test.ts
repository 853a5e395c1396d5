import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Session } from 'isosession';
import { applySetCookies, forwardSession } from 'isosession/ssr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identities } from '../../test/support/certificates.ts';
import type { BrowserCookie, BrowserPage, PageBrowser } from './browser-page.ts';
import { allBrowsers } from './browsers.ts';

/** What stands for the site of a login in the rows. Every browser leads it to this machine. */
const site = 'app.localhost';
/** The site of the next login: to take another one is quicker than a new profile. */
let current = site;
let logins = 0;
const atCurrent = (line: string): string => line.replaceAll(site, current);

interface Combination {
  attributes: string;
  /** What the visitor has from before. */
  before?: string[];
  /** The `Set-Cookie` lines of the login. */
  lines: string[];
  /** What every browser holds afterwards, so that the same is not the same nothing. */
  left: string[];
}

const nextMonth = new Date(Date.now() + 30 * 24 * 3600 * 1000).toUTCString();
const longAgo = 'Thu, 01 Jan 1970 00:00:00 GMT';

const combinations: Combination[] = [
  { attributes: 'none, which means a path, too', lines: ['sid=1'], left: ['sid=1'] },
  { attributes: 'Path, HttpOnly', lines: ['sid=1; Path=/; HttpOnly'], left: ['sid=1'] },
  {
    attributes: 'Secure, SameSite=Strict',
    lines: ['sid=1; Path=/; Secure; HttpOnly; SameSite=Strict'],
    left: ['sid=1'],
  },
  {
    attributes: 'SameSite=Lax on two paths',
    lines: ['sid=1; Path=/; SameSite=Lax', 'sid=2; Path=/auth/login; SameSite=Lax'],
    left: ['sid=1', 'sid=2'],
  },
  { attributes: 'SameSite=None', lines: ['sid=1; Path=/; SameSite=None; Secure'], left: ['sid=1'] },
  {
    attributes: 'Domain beside none',
    lines: [`sid=1; Domain=${site}; Path=/; HttpOnly`, 'sid=2; Path=/; HttpOnly'],
    left: ['sid=1', 'sid=2'],
  },
  { attributes: 'Max-Age', lines: ['sid=1; Path=/; Max-Age=3600; HttpOnly'], left: ['sid=1'] },
  {
    attributes: 'Expires',
    lines: [`sid=1; Path=/; Expires=${nextMonth}; Secure`],
    left: ['sid=1'],
  },
  {
    attributes: '__Host-',
    lines: ['__Host-sid=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600'],
    left: ['__Host-sid=1'],
  },
  {
    attributes: '__Secure-',
    lines: [`__Secure-sid=1; Domain=.${site}; Path=/; Secure; Expires=${nextMonth}`],
    left: ['__Secure-sid=1'],
  },
  {
    attributes: 'Partitioned',
    lines: ['__Host-sid=1; Path=/; Secure; SameSite=None; Partitioned'],
    left: ['__Host-sid=1'],
  },
  {
    attributes: 'deletions, of which one misses by its path',
    before: [
      'age=1; Path=/; HttpOnly',
      `date=1; Path=/; Domain=${site}; Secure`,
      'kept=1; Path=/auth',
      'sid=visitor; Path=/; Max-Age=3600',
    ],
    // Not `Max-Age=0`, which Firefox may take for a moment that is still to come, and lists when it
    // is past.
    lines: [
      'age=; Path=/; Max-Age=-1',
      `date=; Path=/; Domain=${site}; Expires=${longAgo}`,
      'kept=; Path=/; Max-Age=-1',
      'sid=1; Path=/; HttpOnly',
    ],
    left: ['kept=1', 'sid=1'],
  },
  {
    attributes: 'written oddly, and of no meaning',
    lines: [
      'sid="a b=c" ;; PATH = / ;httponly=1; SECURE;samesite=lAX; ' +
        'Priority=High; max-age=60;Max-Age=3600; x',
      'no=1; Domain=example.com; Path=/',
    ],
    left: ['sid="a b=c"'],
  },
];

/** The row that is tried. */
let combination: Combination;
const servers: Server[] = [];
let api: Session;
/** The ports of the two logins. */
let direct: string;
let rendered: string;

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return String((server.address() as AddressInfo).port);
}

/** A form that logs in; to see it is a visit before. */
function sendForm(response: ServerResponse, action: string): void {
  response.setHeader('set-cookie', (combination.before ?? []).map(atCurrent));
  response.end(
    `<!doctype html><title>Login</title>
    <form method="post" action="${action}"><button>Log in</button></form>`,
  );
}

const sendPage = (response: ServerResponse, title: string): void =>
  void response.end(`<!doctype html><title>${title}</title>`);

/** The API, which browsers call over TLS and the page server does not. */
const answer: RequestListener = (request, response) => {
  if (request.url === '/') return sendForm(response, '/auth/login');
  if (request.method !== 'POST') return sendPage(response, 'Nothing new');
  response.setHeader('set-cookie', combination.lines.map(atCurrent));
  sendPage(response, 'Logged in');
};

/** The page server: its login is on another path, and asks the API. */
async function render(req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.url === '/') return sendForm(res, '/login');
  if (req.method !== 'POST') return sendPage(res, 'Nothing new');
  const session = forwardSession(
    api,
    { node: { req, res } },
    { to: [new URL(api.baseUrl ?? '').origin] },
  );
  const html = await session.post('auth/login').text();
  applySetCookies(session, res);
  res.end(html);
}

beforeAll(async () => {
  api = new Session({ baseUrl: `http://127.0.0.1:${await listen(createHttpServer(answer))}/` });
  direct = await listen(createHttpsServer(identities.good, answer));
  const renderer = createHttpsServer(identities.good, (req, res) => void render(req, res));
  rendered = await listen(renderer);
});

afterAll(async () => {
  await api.close();
  for (const server of servers) server.close().closeAllConnections();
});

const pairs = (cookies: BrowserCookie[]): string[] =>
  cookies.map(({ name, value }) => `${name}=${value}`);
const inOrder = ({ name, path, domain }: BrowserCookie) => JSON.stringify([name, path, domain]);

describe.each(allBrowsers)('in %s', (name, start) => {
  let browser: PageBrowser;
  let page: BrowserPage;

  beforeAll(async () => {
    browser = await start();
    page = await browser.openPage();
  });
  afterAll(async () => {
    await page.close();
    await browser.close();
  });

  /** The cookies of a site after a login. */
  async function logIn(port: string): Promise<BrowserCookie[]> {
    current = `app${++logins}.localhost`;
    const origin = `https://www.${current}:${port}`;
    await page.goto(`${origin}/`);
    await page.click('button');
    // Complete, for another navigation meanwhile is what drivers wait for in vain.
    await expect
      .poll(() => page.evaluate('`${document.title}, ${document.readyState}`'))
      .toBe('Logged in, complete');
    // Below every path that a cookie of the table has.
    await page.goto(`${origin}/auth/login/`);
    const cookies = await page.cookies();
    const own = cookies.filter(({ domain }) => `.${domain}`.endsWith(`.${current}`));
    return (JSON.parse(JSON.stringify(own).replaceAll(current, site)) as BrowserCookie[]).sort(
      (one, other) => inOrder(one).localeCompare(inOrder(other)),
    );
  }

  test.each(combinations)(
    'a login through the render leaves the same cookies as one at the API: $attributes',
    async (row) => {
      combination = row;
      const expected = await logIn(direct);
      expect(pairs(expected)).toEqual(row.left);
      // The logins are a moment apart.
      expect(await logIn(rendered)).toEqual(
        expected.map((cookie) => ({
          ...cookie,
          expires: cookie.expires && expect.closeTo(cookie.expires, -2),
        })),
      );
    },
  );

  test('a cookie that breaks its prefix passes no render, in whatever browser', async () => {
    combination = {
      attributes: 'broken prefixes',
      lines: [
        `__Host-no=1; Path=/; Secure; Domain=${site}`,
        '__Secure-no=1; Path=/',
        'sid=1; Path=/',
      ],
      left: ['sid=1'],
    };
    expect(pairs(await logIn(direct))).toEqual([
      ...(name === 'WebKit' ? ['__Host-no=1', '__Secure-no=1'] : []),
      'sid=1',
    ]);
    expect(pairs(await logIn(rendered))).toEqual(['sid=1']);
  });
});
