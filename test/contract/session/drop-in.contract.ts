/** What `session.fetch` takes as `fetch` does, on every platform. */
import { expect, test } from 'vitest';
import { open, reasonOf, rejection, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

test('it needs one argument', () => {
  expect(open().fetch.length).toBe(1);
});

test.each<[string, unknown, string]>([
  ['a URL', new URL('http://page.test/x'), 'http://page.test/x'],
  ['a number', 42, '42'],
  ['a record', { toString: () => 'mine' }, 'mine'],
  ['a String object', new String('boxed'), 'boxed'],
])('%s becomes text, with the content-type of text', async (_, body, text) => {
  const { a } = sites();
  const init = { method: 'POST', body } as RequestInit;
  const echo = (await (await open().fetch(a.url('echo'), init)).json()) as JournalEntry;
  const types = echo.headers.filter(([name]) => name.toLowerCase() === 'content-type');
  expect([echo.body, types.map(([, type]) => type.toLowerCase())]).toEqual([
    text,
    ['text/plain;charset=utf-8'],
  ]);
});

/** Not every host has them; workerd has the method, which throws. */
function blobUrl(text: string): string | undefined {
  try {
    return URL.createObjectURL(new Blob([text]));
  } catch {
    return undefined;
  }
}

test('data: and blob: URLs give what is in them, and nothing of the session', async () => {
  const { fetch } = open({ headers: { 'x-api-key': 'secret' } });
  expect(await (await fetch('data:text/plain,hello')).text()).toBe('hello');
  const url = blobUrl('blob');
  if (url !== undefined) expect(await (await fetch(url)).text()).toBe('blob');
});

test('what was refused says what is wrong, and the network is not blamed', async () => {
  const error = await rejection(open().fetch('http://[bad'), TypeError);
  expect(error.message).not.toBe('fetch failed');
  expect(error.cause).toMatchObject({ code: 'ERR_INVALID_REQUEST' });
});

test('a stream is cancelled where its call was aborted before', async () => {
  const reason = new Error('mine');
  let cancelled: unknown;
  const body = new ReadableStream({ cancel: (given) => void (cancelled = given) });
  const init = { method: 'POST', body, signal: AbortSignal.abort(reason) };
  expect(await reasonOf(open().fetch('http://app.test/', init))).toBe(reason);
  expect(cancelled).toBe(reason);
});
