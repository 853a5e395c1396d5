import {
  fetchTransport,
  type RequestOptions,
  Session,
  type SessionOptions,
  UnsupportedError,
} from 'isosession';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  browserTest,
  developmentTest,
  inBrowser,
  inNode,
  inProcess,
  open,
  rejection,
  sites,
  thrown,
} from '../../support/contract.ts';

const url = 'http://app.test/';

describe('what a platform cannot do', () => {
  test.each(['proxy', 'tls'])('%s is refused where there is none of it', async (name) => {
    if (inNode) return expect(inNode).toBe(true);
    const transport = inProcess(() => new Response());
    const value = name === 'proxy' ? 'http://proxy.test' : { verify: false };
    const error = await rejection(
      open({ transport }).get(url, { [name]: value } as RequestOptions),
      UnsupportedError,
    );
    expect(error.message).toContain(name);
    thrown(() => new Session({ [name]: value } as SessionOptions), UnsupportedError);
  });

  test('proxy and tls may be null, which is the default', async () => {
    const transport = inProcess(() => new Response());
    await open({ transport, proxy: null, tls: null } as SessionOptions).get(url, {
      proxy: null,
      tls: null,
    } as RequestOptions);
    expect(transport.seen).toHaveLength(1);
  });

  test('decompress: false is refused where the platform always decodes', async () => {
    if (inNode || 'Bun' in globalThis) return expect(open({ decompress: false })).toBeDefined();
    const transport = inProcess(() => new Response());
    const session = open({ transport, decompress: true });
    const error = await rejection(session.get(url, { decompress: false }), UnsupportedError);
    expect(error.message).toContain('decompress');
    thrown(() => new Session({ decompress: false }), UnsupportedError);
    expect(transport.seen).toHaveLength(0);
  });

  browserTest.each([
    { name: 'proxy', value: 'new' },
    { name: 'proxy', value: 20 },
    { name: 'proxy', value: 'share' },
    { name: 'tls', value: 20 },
    { name: 'tls', value: false },
    { name: 'tls', value: 'copy' },
    { name: 'cookies', value: 20 },
    { name: 'cookies', value: 'mine' },
  ])('$name: $value is none of the values that another option may have', ({ name, value }) => {
    const options = { [name]: value } as SessionOptions;
    expect(thrown(() => new Session(options), UnsupportedError).message).toContain(name);
  });

  test.each([
    { name: 'proxy', value: '' },
    { name: 'proxy', value: 0 },
    { name: 'tls', value: false },
    { name: 'tls', value: '' },
  ])('$name: $value is not taken for none', ({ name, value }) => {
    thrown(() => new Session({ [name]: value } as SessionOptions), Error);
  });

  test('proxy may be false, and in a browser cookies what they are there', async () => {
    const transport = inProcess(() => new Response());
    await open({ transport, proxy: false } as SessionOptions).get(url, {
      proxy: false,
    } as RequestOptions);
    expect(transport.seen).toHaveLength(1);
    for (const cookies of ['share', 'copy', 'new'] as const) {
      expect(open().extend({ cookies }).cookies).toBeDefined();
    }
    thrown(() => open().extend({ cookies: false }).cookies, UnsupportedError);
  });

  developmentTest('without a fetch, the error names the transport that needs none', async () => {
    onTestFinished(() => void vi.unstubAllGlobals());
    const session = open({ transport: fetchTransport() });
    vi.stubGlobal('fetch', undefined);
    const error = await rejection(session.get(url), UnsupportedError);
    expect(error.message).toContain('crossFetchTransport()');
    expect(error.message).toContain('isosession/cross-fetch');
  });

  test('what only tunes is inert where it does not exist', async () => {
    const { a } = sites();
    const session = open({ trustEnv: false, timeout: { connect: 5000 }, keepHeaders: ['x-a'] });
    const response = await session.get(a.url('echo'), {
      timeout: { connect: 1000 },
      keepHeaders: ['x-b'],
      mode: 'cors',
      priority: 'high',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    });
    expect(response.status).toBe(200);
  });

  test('per-call cookies, a jar and maxRedirects are refused in a browser', async () => {
    if (!inBrowser) return expect(open({ maxRedirects: 3 }).maxRedirects).toBe(3);
    const session = open();
    expect(
      (await rejection(session.get(url, { cookies: { a: '1' } }), UnsupportedError)).message,
    ).toContain('cookies');
    expect(
      (await rejection(session.get(url, { maxRedirects: 3 }), UnsupportedError)).message,
    ).toContain('maxRedirects');
    thrown(() => open({ maxRedirects: 0 }), UnsupportedError);
    thrown(() => (session.maxRedirects = 5), UnsupportedError);
    const jar = {
      store: {},
      setCookie: vi.fn(),
      getCookies: vi.fn(),
      getCookieString: vi.fn(),
      removeAllCookies: vi.fn(),
    };
    thrown(() => open({ cookies: jar }), UnsupportedError);
    expect(open({ maxRedirects: 20 }).maxRedirects).toBe(20);
  });
});
