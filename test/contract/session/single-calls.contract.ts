import * as isosession from 'isosession';
import { HTTPError, InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inNode, rejection, sites, wireTest } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('functions of one call', () => {
  test.each([
    ['get', 'GET'],
    ['post', 'POST'],
    ['put', 'PUT'],
    ['patch', 'PATCH'],
    ['del', 'DELETE'],
    ['options', 'OPTIONS'],
    ['query', 'QUERY'],
    ['request', 'GET'],
  ] as const)('%s sends %s', async (name, method) => {
    const { a } = sites();
    expect(
      await isosession[name](a.url('echo'), { searchParams: { q: 1 } }).json<JournalEntry>(),
    ).toMatchObject({ method, search: '?q=1' });
  });

  test('head sends HEAD', async () => {
    const { a } = sites();
    expect((await isosession.head(a.url('echo'))).status).toBe(200);
    expect((await a.request()).method).toBe('HEAD');
  });

  test('their errors and bodies are those of a session', async () => {
    const { a } = sites();
    expect((await rejection(isosession.get(a.url('status/404')).json(), HTTPError)).data).toEqual({
      status: 404,
    });
    const response = await isosession.get(a.url('bytes', { n: 100_000 }));
    expect((await response.bytes()).length).toBe(100_000);
    await rejection(isosession.get(a.url('echo'), { nope: 1 } as never), InvalidRequestError);
  });

  wireTest('they share no cookies', async () => {
    const { a } = sites();
    await isosession.get(a.url('cookies/set', { line: 'x=1' }));
    expect(await isosession.get(a.url('cookies')).json()).toEqual({ cookie: null });
  });

  wireTest('the connection of each is closed when its body has ended', async () => {
    const { a } = sites();
    await isosession.get(a.url('reply', { text: 'end' })).text();
    await isosession.get(a.url('reply', { text: 'end' })).text();
    if (inNode) expect(new Set((await a.requests()).map((entry) => entry.socket)).size).toBe(2);
  });
});
