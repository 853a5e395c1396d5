import { InvalidRequestError, type RequestOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inNode, open, rejection, sent, sites, wireTest } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';
import { lastRequest } from './last-request.ts';

const form: RequestOptions = { form: { a: 1 } };

describe('methods change by the Fetch standard', () => {
  const rows: { method: string; status: number; becomes: string; keepsBody: boolean }[] = [
    { method: 'GET', status: 301, becomes: 'GET', keepsBody: false },
    { method: 'GET', status: 302, becomes: 'GET', keepsBody: false },
    { method: 'GET', status: 303, becomes: 'GET', keepsBody: false },
    { method: 'GET', status: 307, becomes: 'GET', keepsBody: false },
    { method: 'GET', status: 308, becomes: 'GET', keepsBody: false },
    { method: 'HEAD', status: 301, becomes: 'HEAD', keepsBody: false },
    { method: 'HEAD', status: 302, becomes: 'HEAD', keepsBody: false },
    { method: 'HEAD', status: 303, becomes: 'HEAD', keepsBody: false },
    { method: 'HEAD', status: 307, becomes: 'HEAD', keepsBody: false },
    { method: 'HEAD', status: 308, becomes: 'HEAD', keepsBody: false },
    { method: 'POST', status: 301, becomes: 'GET', keepsBody: false },
    { method: 'POST', status: 302, becomes: 'GET', keepsBody: false },
    { method: 'POST', status: 303, becomes: 'GET', keepsBody: false },
    { method: 'POST', status: 307, becomes: 'POST', keepsBody: true },
    { method: 'POST', status: 308, becomes: 'POST', keepsBody: true },
    { method: 'PUT', status: 301, becomes: 'PUT', keepsBody: true },
    { method: 'PUT', status: 302, becomes: 'PUT', keepsBody: true },
    { method: 'PUT', status: 303, becomes: 'GET', keepsBody: false },
    { method: 'PUT', status: 307, becomes: 'PUT', keepsBody: true },
    { method: 'PUT', status: 308, becomes: 'PUT', keepsBody: true },
    { method: 'PATCH', status: 301, becomes: 'PATCH', keepsBody: true },
    { method: 'PATCH', status: 303, becomes: 'GET', keepsBody: false },
    { method: 'PATCH', status: 308, becomes: 'PATCH', keepsBody: true },
    { method: 'DELETE', status: 301, becomes: 'DELETE', keepsBody: false },
    { method: 'DELETE', status: 302, becomes: 'DELETE', keepsBody: false },
    { method: 'DELETE', status: 303, becomes: 'GET', keepsBody: false },
    { method: 'DELETE', status: 307, becomes: 'DELETE', keepsBody: false },
  ];
  for (const { method, status, becomes, keepsBody } of rows) {
    const body = keepsBody ? 'its body' : 'no body';
    test(`${method} at ${status} becomes ${becomes} with ${body}`, async () => {
      const { a } = sites();
      const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
      const response = await open({ baseUrl: a.base }).request('redirect', {
        method,
        searchParams: { to: 'echo', status },
        ...(hasBody && form),
      });
      expect([response.status, response.redirected, response.url]).toEqual([
        200,
        true,
        a.url('echo'),
      ]);
      const entry = await lastRequest(a);
      expect([entry.route, entry.method, entry.body]).toEqual([
        'echo',
        becomes,
        keepsBody ? 'a=1' : '',
      ]);
      // With the body go the headers that describe it.
      if (keepsBody)
        expect(sent(entry, 'content-type')).toContain('application/x-www-form-urlencoded');
      else
        for (const name of [
          'content-type',
          'content-encoding',
          'content-language',
          'transfer-encoding',
        ])
          expect(sent(entry, name)).toBeUndefined();
      if (becomes === 'GET' || becomes === 'HEAD')
        expect(sent(entry, 'content-length')).toBeUndefined();
    });
  }

  test('content-* headers of the caller go with the body', async () => {
    const { a } = sites();
    const headers = {
      'content-type': 'text/x',
      'content-language': 'de',
      'content-location': '/x',
      'x-kept': '1',
    };
    await open({ baseUrl: a.base }).post('redirect', {
      searchParams: { to: 'echo', status: 303 },
      body: 'x',
      headers,
    });
    const entry = await lastRequest(a);
    expect(Object.keys(headers).map((name) => sent(entry, name))).toEqual([
      undefined,
      undefined,
      undefined,
      '1',
    ]);
  });

  test.each([300, 304, 305, 306, 299, 399])(
    '%i is no redirect, whatever its Location',
    async (status) => {
      const { a } = sites();
      const response = await open({ baseUrl: a.base }).get('redirect', {
        searchParams: { to: 'echo', status },
      });
      expect([response.status, response.redirected]).toEqual([status, false]);
      expect(await a.requests()).toHaveLength(1);
    },
  );

  test('a redirect without a Location is the response', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('reply', {
      searchParams: { status: 302, text: 'nowhere' },
    });
    expect([response.status, await response.text()]).toEqual([302, 'nowhere']);
  });
});

describe('bodies on 307 and 308', () => {
  test('are sent again whole', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const multipart = new FormData();
    multipart.append('file', new File(['content'], 'x.txt'));
    for (const body of [
      'text',
      new Blob(['blob']),
      new TextEncoder().encode('bytes'),
      new URLSearchParams('a=1'),
      multipart,
    ]) {
      await session.put('redirect', { searchParams: { to: 'echo', status: 308 }, body });
    }
    const entries = await a.requests();
    // Each replay of a multipart body may have a boundary of its own: what counts is that its
    // header names it.
    const parts = ({ body, headers }: JournalEntry) =>
      body.replaceAll(
        /boundary=(.*)$/.exec(sent({ headers }, 'content-type') ?? '')?.[1] ?? '\0',
        'BOUNDARY',
      );
    for (let index = 0; index < entries.length; index += 2)
      expect(parts(entries[index + 1] as JournalEntry)).toBe(parts(entries[index] as JournalEntry));
    expect(entries).toHaveLength(10);
    expect(entries.every((entry) => entry.bytes > 0)).toBe(true);
    expect(parts(entries[9] as JournalEntry)).toMatch(/^--BOUNDARY\r\n[^]*content[^]*--BOUNDARY--/);
  });

  wireTest('a body from a function is made again', async () => {
    const { a } = sites();
    let calls = 0;
    await open({ baseUrl: a.base }).post('redirect', {
      searchParams: { to: 'echo', status: 307 },
      body: () => [`call ${++calls}`],
    });
    expect((await a.requests()).map((entry) => entry.body)).toEqual(['call 1', 'call 2']);
  });

  wireTest('a stream of one use is an error, and is never sent empty', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    for (const body of [new Blob(['once']).stream(), ['on', 'ce'].values()]) {
      await rejection(
        session.post('redirect', { searchParams: { to: 'echo', status: 307 }, body }),
        InvalidRequestError,
      );
    }
    expect((await a.requests()).map((entry) => entry.route)).toEqual(['redirect', 'redirect']);
    // A 303 drops the body, so it has to be sent once only.
    expect(
      (
        await session.post('redirect', {
          searchParams: { to: 'echo', status: 303 },
          body: new Blob(['once']).stream(),
        })
      ).status,
    ).toBe(200);
  });
});

wireTest('the connection of a redirect is free for the next hop, whatever its body', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base });
  await session.get('chain?n=5');
  const sockets = async () => new Set((await a.requests()).map((entry) => entry.socket)).size;
  if (inNode) expect(await sockets()).toBe(1);
  for (let call = 0; call < 10; call++)
    await session.get('redirect', { searchParams: { to: 'echo', bytes: 30_000 } });
  if (inNode) expect(await sockets()).toBeLessThanOrEqual(2);
  await session.get('redirect', { searchParams: { to: 'echo', bytes: 5_000_000 } });
  expect((await lastRequest(a)).route).toBe('echo');
});
