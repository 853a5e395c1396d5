import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, inProcess, open, rejection, sites, thrown } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('URLs', () => {
  test('a missing slash at the end of baseUrl is added', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base.slice(0, -1) });
    expect(session.baseUrl?.toString()).toBe(a.base);
    expect((await session.get('echo').json<JournalEntry>()).route).toBe('echo');
  });

  test.each([
    ['sub/x', '/v1/sub/x'],
    ['./x', '/v1/x'],
    ['../x', '/x'],
    ['/x', '/x'],
    ['?q=1', '/v1/?q=1'],
    ['', '/v1/'],
    ['x/../y', '/v1/y'],
  ])('%j resolves against the base as URLs do', async (input, wanted) => {
    const transport = inProcess(() => new Response());
    await open({ baseUrl: 'http://app.test/v1', transport }).get(input);
    expect(transport.seen[0]?.url.href).toBe(`http://app.test${wanted}`);
  });

  test('session.baseUrl is live and validated', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    session.baseUrl = new URL('http://one.test/a');
    await session.get('x');
    session.baseUrl = 'http://two.test';
    await session.get('x');
    expect(transport.seen.map((request) => request.url.href)).toEqual([
      'http://one.test/a/x',
      'http://two.test/x',
    ]);
    for (const bad of ['ftp://host/', 'http://', 'localhost:3000'])
      thrown(() => (session.baseUrl = bad), InvalidRequestError);
    expect(session.baseUrl?.toString()).toBe('http://two.test/');
    session.baseUrl = undefined;
    expect(session.baseUrl).toBeUndefined();
  });

  test.each([
    'ftp://host.test/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:1',
    'unix:/run/x.sock',
    'ws://host.test/',
    'http://',
    'http://[::1',
    'http://host.test:99999/',
    '//',
  ])('%s is refused before anything is sent', async (url) => {
    const transport = inProcess(() => new Response());
    await rejection(open({ transport }).get(url), InvalidRequestError);
    expect(transport.seen).toEqual([]);
  });

  test('a URL without a scheme needs a page to resolve against', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    if (inBrowser) {
      await session.get('some/path');
      expect(transport.seen[0]?.url.href).toBe(new URL('some/path', location.href).href);
    } else {
      await rejection(session.get('host.test/path'), InvalidRequestError);
      expect(transport.seen).toEqual([]);
    }
  });

  test('names, paths and ports are written as the URL standard says', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    await session.get('HTTP://Bücher.test:80/a b/%7e/ü?q=ü b');
    await session.get('http://0x7f.1/');
    expect(transport.seen.map((request) => request.url.href)).toEqual([
      'http://xn--bcher-kva.test/a%20b/%7e/%C3%BC?q=%C3%BC%20b',
      'http://127.0.0.1/',
    ]);
  });

  test('the fragment is never sent', async () => {
    const { a } = sites();
    await open().get(`${a.url('echo', { q: 1 })}#secret`);
    expect(await a.request()).toMatchObject({ route: 'echo', search: '?q=1' });
  });

  test.each([[undefined], [null], [5], [{}], [Symbol('x')]])(
    'the input %o is no URL: the call rejects and does not throw',
    async (input) => {
      const transport = inProcess(() => new Response());
      const call = open({ transport, baseUrl: 'http://app.test/' }).get(input as never);
      await rejection(call, InvalidRequestError);
      expect(transport.seen).toEqual([]);
    },
  );
});
