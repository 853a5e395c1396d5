import { fetchTransport, NetworkError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, inProcess, open, rejection, sites } from '../../support/contract.ts';

const url = 'http://app.test/';

describe('mount', () => {
  const named = (name: string) => inProcess(() => new Response(name));

  test('the longest prefix wins, whatever the order', async () => {
    const session = open({ transport: named('none') });
    session
      .mount('http://app.test/a/b', named('a/b'))
      .mount('http://app.test', named('root'))
      .mount('http://app.test/a/', named('a'));
    for (const [path, wanted] of [
      ['/', 'root'],
      ['/x', 'root'],
      ['/a', 'root'],
      ['/a/', 'a'],
      ['/a/x', 'a'],
      ['/a/b', 'a/b'],
      ['/a/b/c', 'a/b'],
      ['/a/bc', 'a'],
      ['/a/b?q', 'a/b'],
    ] as const) {
      const got = await session.get(`http://app.test${path}`).text();
      // `/a/` as a prefix may or may not hold its own folder's name without the slash; both are
      // whole segments.
      if (path === '/a') expect(['root', 'a']).toContain(got);
      else expect([path, got]).toEqual([path, wanted]);
    }
  });

  test('only whole origins and whole segments match', async () => {
    const session = open({ transport: named('none') });
    session.mount('https://api.example.com/v1', named('api'));
    for (const other of [
      'https://api.example.com.evil.org/v1',
      'https://api.example.com:8443/v1',
      'http://api.example.com/v1',
      'https://xapi.example.com/v1',
      'https://api.example.com/v11',
      'https://api.example.com/v',
    ]) {
      expect([other, await session.get(other).text()]).toEqual([other, 'none']);
    }
    for (const same of [
      'https://API.example.com/v1',
      'https://api.example.com:443/v1/x',
      'https://api.example.com/x/../v1/y',
    ])
      expect([same, await session.get(same).text()]).toEqual([same, 'api']);
  });

  test('the same prefix replaces', async () => {
    const session = open({ transport: named('none') });
    session.mount(url, named('one')).mount(new URL(url), named('two'));
    expect(await session.get(url).text()).toBe('two');
  });

  test('is looked up at every hop', async () => {
    const session = open({ transport: named('none') });
    session.mount(
      'http://one.test',
      inProcess(
        () => new Response(null, { status: 302, headers: { location: 'http://two.test/' } }),
      ),
    );
    session.mount('http://two.test', named('two'));
    expect(await session.get('http://one.test/').text()).toBe('two');
  });

  test('a managed transport on a later hop does not follow on its own', async () => {
    const { a } = sites();
    const managed = fetchTransport();
    const seen: RequestInit[] = [];
    const session = open({ transport: named('none') });
    session.mount(
      'http://one.test',
      inProcess(
        () =>
          new Response(null, {
            status: 302,
            headers: { location: a.url('redirect', { to: 'echo' }) },
          }),
      ),
    );
    session.mount(a.origin, {
      managed: true,
      send(request) {
        seen.push(request.init);
        return managed.send(request);
      },
    });
    const outcome = await session.get('http://one.test/').then(
      (response) => response.status,
      (error: Error) => error.name,
    );
    expect(seen[0]?.redirect).toBe('manual');
    // In a browser the redirect cannot be seen: its response has no Location to follow.
    if (!inBrowser) expect([outcome, seen.length]).toEqual([200, 2]);
  });
});

test('a network error in a mounted transport is a NetworkError like any other', async () => {
  const session = open({ retry: 0 });
  session.mount(url, { send: () => Promise.reject(new TypeError('gone')) });
  expect((await rejection(session.get(url), NetworkError)).cause).toBeInstanceOf(TypeError);
});
