import {
  NetworkError,
  type SessionError,
  type SessionResponse,
  TooManyRedirectsError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, open, rejection, sites, wireTest } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('how many', () => {
  test('twenty redirects are followed', async () => {
    const { a } = sites();
    expect((await open({ baseUrl: a.base }).get('chain?n=20')).status).toBe(200);
    expect(await a.requests()).toHaveLength(21);
  });

  test('the twenty-first redirect is an error', async () => {
    const { a } = sites();
    const call = open({ baseUrl: a.base, retry: 0 }).get('chain?n=21');
    if (inBrowser) return void (await rejection(call, NetworkError));
    const error = await rejection(call, TooManyRedirectsError);
    expect(error.code).toBe('ERR_TOO_MANY_REDIRECTS');
    expect(error.history.map((response) => response.url)).toEqual(
      Array.from({ length: 21 }, (_, index) => a.url('chain', { n: 21 - index })),
    );
    expect(await a.requests()).toHaveLength(21);
  });

  test('a redirect loop ends after twenty redirects', async () => {
    const { a } = sites();
    await rejection<SessionError>(
      open({ baseUrl: a.base, retry: 0 }).get('loop'),
      inBrowser ? NetworkError : TooManyRedirectsError,
    );
    expect((await a.requests()).length).toBe(21);
  });

  wireTest.each([0, 1, 5, 30])(
    'maxRedirects: %i is held, for a session and for a call',
    async (maxRedirects) => {
      const { a } = sites();
      const session = open({ baseUrl: a.base, maxRedirects });
      expect(session.maxRedirects).toBe(maxRedirects);
      expect((await session.get(`chain?n=${maxRedirects}`)).status).toBe(200);
      await rejection(session.get(`chain?n=${maxRedirects + 1}`), TooManyRedirectsError);
      expect((await session.get('chain?n=2', { maxRedirects: 2 })).status).toBe(200);
    },
  );

  wireTest('session.maxRedirects is live', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    session.maxRedirects = 1;
    await rejection(session.get('chain?n=2'), TooManyRedirectsError);
  });

  wireTest('too many redirects are not retried', async () => {
    const { a } = sites();
    await rejection(
      open({ baseUrl: a.base, maxRedirects: 1, retry: { delay: () => 0 } }).get('chain?n=2'),
      TooManyRedirectsError,
    );
    expect(await a.requests()).toHaveLength(2);
  });
});

describe('history', () => {
  test('has the redirect responses, oldest first; in browsers it is empty', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('chain?n=3');
    if (inBrowser) return expect(response.history).toEqual([]);
    expect(response.history.map(({ status, url }) => [status, url])).toEqual(
      [3, 2, 1].map((n) => [302, a.url('chain', { n })]),
    );
    expect(response.history).not.toContain(response);
    // Each hop's own history is what came before it.
    expect(response.history.map((hop) => hop.history.length)).toEqual([0, 1, 2]);
    expect((response.history[2] as SessionResponse).history).toEqual(response.history.slice(0, 2));
  });

  wireTest('each hop keeps its own request and cookies', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).post('redirect', {
      searchParams: { to: 'chain?n=1', status: 302, line: 'first=1' },
      json: 1,
    });
    expect(response.history.map((hop) => [hop.request.method, hop.request.url])).toEqual([
      ['POST', a.url('redirect', { to: 'chain?n=1', status: 302, line: 'first=1' })],
      ['GET', a.url('chain', { n: 1 })],
    ]);
    expect(response.history.map((hop) => hop.cookies)).toEqual([{ first: '1' }, { hop1: '1' }]);
    expect(response.request).toMatchObject({ method: 'GET', url: a.url('chain', { n: 0 }) });
    expect(response.cookies).toEqual({});
  });

  wireTest('bodies of redirects are discarded', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('redirect', {
      searchParams: { to: 'echo', bytes: 1000 },
    });
    expect(await response.history[0]?.text().catch(() => 'gone')).toMatch(/^(gone)?$/);
    expect((await response.json<JournalEntry>()).route).toBe('echo');
  });
});
