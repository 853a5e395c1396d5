/** Headers that Fetch forbids, where a browser or a caller of `session.fetch` has set them. */
import { fetchTransport, UnsupportedError } from 'isosession';
import { expect, test } from 'vitest';
import { inProcess, open, rejection, sent, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

/** As a service worker is handed it: with headers that no script may set. */
function ofBrowser(url: string): Request {
  const headers = new Headers({ 'sec-ch-ua': '"Browser"', 'x-a': '1' });
  return Object.defineProperty(new Request(url), 'headers', { value: headers });
}

test('session.fetch drops them, as fetch does', async () => {
  const { a } = sites();
  const headers = { 'content-length': '7', 'Sec-CH-UA': 'x', 'x-a': '1' };
  await open().fetch(a.url('echo'), { method: 'POST', body: 'x', headers });
  await open().fetch(ofBrowser(a.url('echo')));
  const entries = await a.requests();
  expect(entries.map((entry: JournalEntry) => sent(entry, 'x-a'))).toEqual(['1', '1']);
});

test("a verb drops a Request's, and refuses a call's", async () => {
  const transport = inProcess(() => new Response());
  const managed = { ...transport, managed: true };
  await open({ transport: managed }).get(ofBrowser('http://app.test/'));
  expect([...(transport.seen[0]?.headers ?? [])]).toEqual([['x-a', '1']]);
  const { a } = sites();
  const call = open().get(ofBrowser(a.url('echo')), { headers: { 'sec-ch-ua': 'x' } });
  await rejection(call, UnsupportedError);
});

test('what the browser has let through once is not taken for something else', async () => {
  const session = open({
    transport: fetchTransport({ fetch: () => new Response(), managed: true }),
  });
  const send = (headers: Record<string, string>) => session.get('http://app.test/', { headers });
  for (let i = 0; i < 2; i++) {
    await send({ 'x-a': '1', 'x-http-method-override': 'PUT' });
    await rejection(send({ 'x-a': '1', 'x-http-method-override': 'TRACE' }), UnsupportedError);
    await rejection(send({ 'x-a': '1', 'sec-ch-ua': 'x' }), UnsupportedError);
  }
});
