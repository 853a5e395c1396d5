import { InvalidRequestError, NetworkError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, open, rejection, sites, wireTest } from '../../support/contract.ts';
import { lastRequest } from './last-request.ts';

describe('redirect: manual and error', () => {
  test('manual gives the real response; a browser hides it', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('redirect?to=echo', {
      redirect: 'manual',
    });
    if (inBrowser) expect([response.type, response.status]).toEqual(['opaqueredirect', 0]);
    else
      expect([response.status, response.headers.get('location'), response.redirected]).toEqual([
        302,
        'echo',
        false,
      ]);
    expect(await a.requests()).toHaveLength(1);
  });

  wireTest('manual lets a caller follow redirects by rules of its own', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, redirect: 'manual' });
    let response = await session.get('chain?n=2');
    while (response.status === 302)
      response = await session.get(new URL(response.headers.get('location') ?? '', response.url));
    expect(response.url).toBe(a.url('chain', { n: 0 }));
  });

  test('error rejects', async () => {
    const { a } = sites();
    await rejection(
      open({ baseUrl: a.base, retry: 0 }).get('redirect?to=echo', { redirect: 'error' }),
      NetworkError,
    );
    expect((await a.requests()).map((entry) => entry.route)).toEqual(['redirect']);
  });
});

describe('where to', () => {
  test('a Location may be relative, absolute, or without a scheme', async () => {
    const { a, b } = sites();
    const session = open({ baseUrl: a.base });
    const { host } = new URL(a.base);
    for (const to of [
      'echo',
      './echo',
      `${new URL(a.base).pathname}echo`,
      a.url('echo'),
      `//${host}${new URL(a.base).pathname}echo`,
      a.url('echo').replace('http', 'HTTP'),
      `../x/../${a.base.split('/').at(-2)}/echo`,
      '?to=echo',
    ]) {
      expect((await session.get('redirect', { searchParams: { to } })).url).toBe(a.url('echo'));
    }
    expect((await session.get('redirect', { searchParams: { to: b.url('echo') } })).url).toBe(
      b.url('echo'),
    );
  });

  wireTest('a Location that comes twice is one', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('redirect?to=echo&to=echo');
    expect(response.url).toBe(a.url('echo'));
  });

  wireTest('I11: an empty Location is none', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('redirect?to=&bytes=4');
    expect([response.status, await response.text()]).toEqual([302, '\0\0\0\0']);
    expect(await a.requests()).toHaveLength(1);
  });

  wireTest('Locations that differ lead nowhere', async () => {
    const { a, b } = sites();
    const searchParams = { to: [a.url('echo'), b.url('echo')] };
    const call = open({ baseUrl: a.base, retry: 0 }).get('redirect', { searchParams });
    expect((await rejection(call, NetworkError)).message).toContain('Location headers differ');
    expect(await a.requests()).toHaveLength(1);
  });

  test('a Location in UTF-8 is followed', async () => {
    const { a } = sites();
    expect(
      (await open({ baseUrl: a.base }).get('redirect', { searchParams: { to: 'echo?ü=€' } })).url,
    ).toBe(`${a.base}echo?%C3%BC=%E2%82%AC`);
    expect((await lastRequest(a)).search).toBe('?%C3%BC=%E2%82%AC');
  });

  test('a fragment is never sent on any hop', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get(
      'redirect?to=redirect%3Fto%3Decho%23second#first',
    );
    expect(new URL(response.url).pathname).toBe(new URL(a.url('echo')).pathname);
    for (const entry of await a.requests())
      expect(
        entry.route + decodeURIComponent(entry.search).replaceAll('#second', ''),
      ).not.toContain('#');
  });

  test.each([
    'http://',
    'http://[bad/',
    'ftp://127.0.0.1/x',
    'file:///etc/passwd',
    'data:text/plain,x',
    'unix:/x',
    'javascript:1',
    'mailto:x@y',
  ])('%j is refused', async (to) => {
    const { a } = sites();
    const call = open({ baseUrl: a.base, retry: 0 }).get('redirect', { searchParams: { to } });
    if (inBrowser) await rejection(call, NetworkError);
    else expect((await rejection(call, InvalidRequestError)).request?.method).toBe('GET');
    expect(await a.requests()).toHaveLength(1);
  });
});
