/** What is in a page's data, and which calls it answers, on the server and in the browser. */
import { basic, type RequestOptions, type Session, type SessionOptions } from 'isosession';
import { dehydrate, forwardSession, hydrate } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { canary } from '../support/canaries.ts';
import { type InProcess, inProcess, open } from '../support/contract.ts';

const api = 'https://api.example.com';

/** A backend that repeats each URL in its links, as paginating ones do. */
const backend = (): InProcess =>
  inProcess(({ url }) => {
    const next = new URL(url);
    next.searchParams.set('page', '2');
    const links = [
      `<${next.href}>; rel="next"`,
      `<.${url.pathname}${url.search}#${url.search}>; rel="self"; title="a<b"`,
    ];
    return new Response('data', { headers: { link: links.join(', ') } });
  });

/** A render, and a browser's session beside it, with what each asks its network for. */
function pair(options: SessionOptions = {}): {
  render: Session;
  browser: Session;
  load: () => void;
  asked: () => string[];
} {
  const [server, network] = [backend(), backend()];
  const render = forwardSession(
    open({ baseUrl: api, transport: server, ...options }),
    new Request('https://www.example.com/'),
    { to: [api], context: { hydrate: true } },
  );
  const browser = open({ baseUrl: api, transport: network });
  return {
    render,
    browser,
    load: () => hydrate(browser, dehydrate(render)),
    asked: () => network.seen.map(({ url }) => url.pathname + url.search),
  };
}

describe("S9: a page holds nothing of the server's", () => {
  const adders: [string, (secret: string) => SessionOptions][] = [
    ["the session's parameters", (secret) => ({ searchParams: { api_key: secret } })],
    ['a name that is percent-encoded', (secret) => ({ searchParams: { 'api key=': secret } })],
    [
      "a hook's parameters",
      (secret) => ({
        hooks: { beforeRequest: [({ request }) => request.url.searchParams.set('sig', secret)] },
      }),
    ],
  ];

  test.each(adders)('neither in keys nor in links: %s', async (_, adding) => {
    const secret = canary();
    const { render, browser, load, asked } = pair(adding(secret));
    await render.get('items?of=3', { searchParams: { page: 1 } });
    expect(dehydrate(render)).not.toContain(secret);
    load();
    const response = await browser.get('items?of=3&page=1');
    expect(asked()).toEqual([]);
    expect(response.links['next']?.url).toBe(`${api}/items?of=3&page=2`);
    expect(response.links['self']?.url).toBe(`${api}/items?of=3&page=1`);
  });

  test.each([
    ['in a parameter of a link', (url: string) => `</next>; rel="next"; anchor="${url}"`],
    ['in a link without an end', (url: string) => `</next>; rel="next", <${url}`],
    ['outside of one', (url: string) => `${url}; rel="next"`],
  ])('nor in a URL that stands %s', async (_, linkTo) => {
    const secret = canary();
    const transport = inProcess(
      ({ url }) => new Response('data', { headers: { link: linkTo(url.href) } }),
    );
    const { render } = pair({ searchParams: { sig: secret }, transport });
    await render.get('items');
    expect(dehydrate(render)).toContain('data');
    expect(dehydrate(render)).not.toContain(secret);
  });

  test("nor of a middleware's, which finds its call all the same", async () => {
    const secret = canary();
    const parent = open({ baseUrl: api, transport: backend() });
    parent.use((request, next) => {
      const url = new URL(request.url);
      url.searchParams.set('sig', secret);
      return next({ ...request, url });
    });
    const render = forwardSession(parent, new Request('https://www.example.com/'), {
      to: [api],
      context: { hydrate: true },
    });
    await render.get('items').text();
    expect(dehydrate(render)).not.toContain(secret);
    expect(dehydrate(render)).toContain('"./items"');
  });

  test('what the call itself asks for is part of what is found', async () => {
    const { render, browser, load, asked } = pair({ searchParams: { v: 1 } });
    await render.get('items?v=1').text();
    load();
    await browser.get('items').text();
    await browser.get('items?v=1').text();
    expect(asked()).toEqual(['/items']);
  });
});

describe("S22: a page's data is that of the page's own identity", () => {
  const own: [string, RequestOptions][] = [
    ['auth', { auth: basic('user', 'password') }],
    ['no auth', { auth: null }],
    ['a header', { headers: { 'x-tenant': 'other' } }],
    ['an authorization', { headers: { authorization: 'Bearer other' } }],
    ['a header that is taken away', { headers: { 'x-tenant': null } }],
    ['another language', { headers: { 'accept-language': 'de' } }],
    ['cookies', { cookies: { sid: 'other' } }],
    ['no credentials', { credentials: 'omit' }],
    ["none of the session's parameters", { searchParams: null }],
  ];

  test.each(own)('a call with its own %s is none, on either side', async (_, options) => {
    const { render, browser, load, asked } = pair();
    await render.get('of-others', options).text();
    await render.get('plain').text();
    expect(dehydrate(render)).not.toContain('of-others');
    load();
    await browser.get('plain', options).text();
    expect(asked()).toEqual(['/plain']);
    await browser.get('plain').text();
    expect(asked()).toEqual(['/plain']);
  });

  const children: [string, (session: Session) => Session][] = [
    ['auth', (session) => session.extend({ auth: basic('user', 'password') })],
    ['headers', (session) => session.extend({ headers: { 'x-tenant': 'other' } })],
    ['cookies', (session) => session.extend({ cookies: 'new' })],
    ['none of the cookies', (session) => session.extend({ cookies: false })],
    ['credentials', (session) => session.extend({ credentials: 'omit' })],
    ['TLS settings', (session) => session.extend({ tls: { minVersion: 'TLSv1.3' } })],
  ];

  test.each(children)('nor is that of a child with other %s', async (_, childOf) => {
    const { render, browser, load, asked } = pair();
    await childOf(render).get('of-others').text();
    await render.extend().get('plain').text();
    expect(dehydrate(render)).not.toContain('of-others');
    load();
    await childOf(browser).get('plain').text();
    expect(asked()).toEqual(['/plain']);
    await browser
      .extend({ headers: { accept: '*/*' } })
      .get('plain')
      .text();
    expect(asked()).toEqual(['/plain']);
  });

  test('nor one that has credentials in its URL', async () => {
    const { render, browser, load, asked } = pair();
    await render.get('https://user:password@api.example.com/of-others').text();
    await render.get('plain').text();
    expect(dehydrate(render)).not.toMatch(/of-others|password/);
    load();
    await browser.get('https://user:password@api.example.com/plain').text();
    expect(asked()).toEqual(['/plain']);
  });
});
