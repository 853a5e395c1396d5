import {
  fetchTransport,
  HTTPError,
  NetworkError,
  type CallOptions,
  type RequestOptions,
  SessionResponse,
  TimeoutError,
  UnsupportedError,
} from 'isosession';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { inProduction, open, reasonOf, rejection, sent, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';
import { recorder } from './recorder.ts';

const onUploadProgress = () => {};

/** How often XMLHttpRequest sends in this test. */
function countXhr(): () => number {
  const send = vi.spyOn(XMLHttpRequest.prototype, 'send');
  onTestFinished(() => send.mockRestore());
  return () => send.mock.calls.length;
}

describe('an upload with progress', () => {
  test('goes through XMLHttpRequest, and no other call does', async () => {
    const { a } = sites();
    const count = countXhr();
    const session = open({ baseUrl: a.base });
    await session.post('echo', { body: 'x' });
    await session.get('echo', { onUploadProgress });
    await session.post('echo', { onUploadProgress });
    for (const transport of [
      { send: () => Promise.resolve(new Response()) },
      fetchTransport({ fetch: () => new Response() }),
    ])
      await session.post('echo', { body: 'x', onUploadProgress, transport });
    expect(count()).toBe(0);
    await session.post('echo', { body: 'x', onUploadProgress });
    expect(count()).toBe(1);
  });

  test('tells how much of a form is sent', async () => {
    const { a } = sites();
    const { reports, record } = recorder(false);
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(2_000_000)]), 'zeros.bin');
    const echo = await open()
      .post(a.url('echo'), { body, onUploadProgress: record })
      .json<JournalEntry>();
    expect(reports.at(-1)).toEqual({
      percent: 1,
      transferredBytes: echo.bytes,
      totalBytes: echo.bytes,
    });
    expect(sent(echo, 'content-type')).toMatch(/^multipart\/form-data; boundary=/);
  });

  test('sends what any call sends', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, headers: { 'x-session': '1' } });
    const send = async (options: RequestOptions) => {
      const { method, search, body, headers } = await session
        .put('echo', { searchParams: { q: 1 }, ...options })
        .json<JournalEntry>();
      return {
        method,
        search,
        body,
        headers: headers
          .filter(([name]) => /^(?:content-|x-|accept$)/i.test(name))
          .map(([name, value]) => [name.toLowerCase(), value])
          .toSorted(),
      };
    };
    for (const options of [
      { json: { ü: 'ß' } },
      { form: { a: 'ü' } },
      { body: 'ü', headers: { 'content-type': 'text/plain;charset=latin1' } },
      { body: new Uint8Array([1, 2]) },
      { body: new Blob(['x'], { type: 'a/b' }) },
    ]) {
      expect(await send({ ...options, onUploadProgress })).toEqual(await send(options));
    }
  });

  test('gives a response like any other, which comes whole', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const response = await session.post('reply', {
      body: 'x',
      onUploadProgress,
      searchParams: [
        ['status', 202],
        ['type', 'text/plain'],
        ['h', 'x-one: a: b'],
        ['h', 'x-two: '],
        ['text', 'grüße'],
      ],
    });
    expect(response).toBeInstanceOf(Response);
    expect(response).toBeInstanceOf(SessionResponse);
    expect([
      response.status,
      response.statusText,
      response.ok,
      response.redirected,
      response.url,
    ]).toEqual([202, 'Accepted', true, false, response.request.url]);
    expect([
      response.headers.get('x-one'),
      response.headers.get('x-two'),
      response.headers.get('content-type'),
    ]).toEqual(['a: b', '', 'text/plain']);
    expect([await response.clone().text(), await response.text()]).toEqual(['grüße', 'grüße']);

    const error = await rejection(
      session.post('status/422', { body: 'x', onUploadProgress }).json(),
      HTTPError,
    );
    expect([error.status, error.data]).toEqual([422, { status: 422 }]);
    const empty = await session.post('status/204', { body: 'x', onUploadProgress });
    expect([empty.status, empty.body]).toEqual([204, null]);
    const hopped = await session.post('redirect', {
      body: 'x',
      onUploadProgress,
      searchParams: { status: 307, to: 'echo' },
    });
    expect([hopped.redirected, hopped.url, (await hopped.json<JournalEntry>()).body]).toEqual([
      true,
      a.url('echo'),
      'x',
    ]);
  });

  test("sends and keeps the browser's cookies as `credentials` says", async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const send = (credentials?: RequestCredentials) =>
      session
        .post('cookies/set', {
          body: 'x',
          onUploadProgress,
          searchParams: { line: 'up=1; Path=/' },
          ...(credentials && { credentials }),
        })
        .json();
    expect([await send('same-origin'), await send(), await send('include')]).toEqual([
      { cookie: null },
      { cookie: null },
      { cookie: 'up=1' },
    ]);
  });

  for (const { name, body } of [
    { name: 'a stream', body: new Blob(['x']).stream() },
    { name: 'an iterable', body: () => ['x'] },
  ]) {
    test(`is refused with ${name}, and nothing is sent`, async () => {
      const { a } = sites();
      const error = await rejection(
        open().post(a.url('echo'), { body, onUploadProgress }),
        UnsupportedError,
      );
      expect(error.message).toContain('a stream');
      // Most browsers cannot send a stream without onUploadProgress either.
      if (!inProduction) expect(error.message).toContain('give text, bytes, Blob or form');
      expect(await a.requests()).toEqual([]);
    });
  }

  const refused: CallOptions[] = [
    { redirect: 'manual' },
    { redirect: 'error' },
    { credentials: 'omit' },
    { mode: 'no-cors' },
    { mode: 'same-origin' },
    { keepalive: true },
    { integrity: 'sha256-x' },
    { referrer: '' },
    { referrerPolicy: 'no-referrer' },
  ];
  for (const options of refused) {
    test(`is refused with ${JSON.stringify(options)}, and nothing is sent`, async () => {
      const { a } = sites();
      const error = await rejection(
        open().post(a.url('echo'), { body: 'x', onUploadProgress, ...options }),
        UnsupportedError,
      );
      expect(error.message).toContain(Object.keys(options)[0]);
      if (!inProduction) expect(error.message).toContain('leave out onUploadProgress');
      expect(await a.requests()).toEqual([]);
    });
  }

  test('takes what is the default already, and what is none of its affair', async () => {
    const { a } = sites();
    const init: RequestInit = {
      redirect: 'follow',
      mode: 'cors',
      keepalive: false,
      integrity: '',
      referrer: 'about:client',
      referrerPolicy: '',
      cache: 'no-store',
      priority: 'low',
    };
    expect(
      (await open().post(a.url('echo'), { body: 'x', onUploadProgress, ...init })).status,
    ).toBe(200);
    expect(
      (
        await rejection(
          open().post(a.url('echo'), {
            body: 'x',
            onUploadProgress,
            headers: { 'accept-charset': 'x' },
          }),
          UnsupportedError,
        )
      ).message,
    ).toContain('accept-charset');
  });

  test('ends with its signal', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, retry: 0 });
    const stop = new AbortController();
    const first = reasonOf(
      session.post('never', { body: 'x', onUploadProgress, signal: stop.signal }),
    );
    await a.requests({ requests: 1 });
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await first).toBe(reason);
    await a.journal({ aborted: 1 });
    expect(
      await reasonOf(session.post('echo', { body: 'x', onUploadProgress, signal: stop.signal })),
    ).toBe(reason);
  });

  test.each(['response', 'total'] as const)('ends with its %s timeout', async (phase) => {
    const { a } = sites();
    const error = await rejection(
      open({ retry: 0 }).post(a.url('never'), {
        body: 'x',
        onUploadProgress,
        timeout: { [phase]: 50 },
      }),
      TimeoutError,
    );
    expect(error.phase).toBe(phase);
  });

  test('ends with its session', async () => {
    const { a } = sites();
    const session = open({ retry: 0 });
    const last = reasonOf(session.post(a.url('never'), { body: 'x', onUploadProgress }));
    await a.requests({ requests: 1 });
    const reason = new Error('enough');
    await session.destroy(reason);
    expect(await last).toBe(reason);
    await a.journal({ aborted: 1 });
  });

  test('is not begun when it was aborted before', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    let late = 0;
    for (let turns = 0; turns < 30; turns++) {
      const stop = new AbortController();
      const send = vi
        .spyOn(XMLHttpRequest.prototype, 'send')
        .mockImplementation(() => void (late += +stop.signal.aborted));
      const ended = reasonOf(
        session.post('never', { body: 'x', onUploadProgress, signal: stop.signal }),
      );
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      stop.abort('enough');
      expect(await ended).toBe('enough');
      // The import gives every turn that follows the abort its time before the next round.
      await import('isosession');
      send.mockRestore();
    }
    expect(late).toBe(0);
  });

  test('that fails is a NetworkError, and is retried as any call', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, retry: { delay: () => 0 } });
    expect((await session.put('flaky', { body: 'x', onUploadProgress })).attempts).toBe(2);
    const count = countXhr();
    const error = await rejection(
      session.put('reset', { body: 'x', onUploadProgress }),
      NetworkError,
    );
    expect(count()).toBe(3);
    expect(error.cause).toBeInstanceOf(TypeError);
  });
});
