import {
  fetchTransport,
  HTTPError,
  NetworkError,
  type Progress,
  type RequestOptions,
  SessionResponse,
  TimeoutError,
  UnsupportedError,
} from 'isosession';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  browserTest,
  inBrowser,
  nodeTest,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  uploadTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

/**
 * Records every report, and checks what holds for all. A browser tells of an upload without its
 * chunks.
 */
function recorder(withChunks = true) {
  const reports: Progress[] = [];
  let bytes = 0;
  const record = (progress: Progress, chunk: Uint8Array) => {
    expect(chunk).toBeInstanceOf(Uint8Array);
    bytes += chunk.length;
    expect(bytes).toBe(withChunks ? progress.transferredBytes : 0);
    expect(progress.percent).toBeGreaterThanOrEqual(0);
    expect(progress.percent).toBeLessThanOrEqual(1);
    reports.push({ ...progress });
  };
  return { reports, record };
}

describe('onDownloadProgress', () => {
  test('tells each chunk and ends at 1 when the length is known', async () => {
    const { a } = sites();
    const { reports, record } = recorder();
    await open()
      .get(a.url('bytes', { n: 500_000 }), { onDownloadProgress: record })
      .bytes();
    expect(reports.at(-1)).toEqual({ percent: 1, transferredBytes: 500_000, totalBytes: 500_000 });
    for (const [index, report] of reports.entries())
      if (index)
        expect(report.percent).toBeGreaterThanOrEqual(reports[index - 1]?.percent as number);
  });

  test('counts on while the length is unknown', async () => {
    const { a } = sites();
    const { reports, record } = recorder();
    await open()
      .get(a.url('bytes', { n: 100_000, length: 0 }), { onDownloadProgress: record })
      .bytes();
    expect(reports.at(-1)?.transferredBytes).toBe(100_000);
    for (const report of reports.slice(0, -1))
      expect(report).toMatchObject({ percent: 0, totalBytes: 0 });
  });

  test("works for streams, for a session's default, and is not called without a body", async () => {
    const { a } = sites();
    const { reports, record } = recorder();
    const session = open({ onDownloadProgress: record });
    const reader = (
      (await session.get(a.url('bytes', { n: 1000 }))).body as ReadableStream<Uint8Array>
    ).getReader();
    while (!(await reader.read()).done);
    expect(reports.at(-1)?.transferredBytes).toBe(1000);
  });

  test('what it throws ends the call, and the session works on', async () => {
    const { a } = sites();
    const session = open({ retry: 0 });
    const reason = new Error('no more');
    const error = await reasonOf(
      session
        .get(a.url('bytes', { n: 1000 }), {
          onDownloadProgress: () => {
            throw reason;
          },
        })
        .bytes(),
    );
    expect(error).toBe(reason);
    expect((await session.get(a.url('echo'))).status).toBe(200);
  });
});

uploadTest.each([
  ['text', 'x'.repeat(300_000), 300_000],
  ['bytes', new Uint8Array(300_000), 300_000],
  ['a Blob', new Blob([new Uint8Array(300_000)]), 300_000],
  ['a form', new URLSearchParams({ a: 'x'.repeat(100) }), 102],
])('onUploadProgress of %s tells each chunk and ends at 1', async (_name, body, length) => {
  const { a } = sites();
  const { reports, record } = recorder(!inBrowser);
  await open().post(a.url('echo'), { body, onUploadProgress: record });
  expect(reports.at(-1)).toEqual({ percent: 1, transferredBytes: length, totalBytes: length });
  expect((await a.request()).bytes).toBe(length);
});

nodeTest('onUploadProgress of a stream of unknown length counts on', async () => {
  const { a } = sites();
  const { reports, record } = recorder();
  await open().post(a.url('echo'), { body: ['one', 'two'], onUploadProgress: record });
  expect(reports.at(-1)?.transferredBytes).toBe(6);
  expect((await a.request()).body).toBe('onetwo');
});

uploadTest('onUploadProgress starts again with each attempt', async () => {
  const { a } = sites();
  const transferred: number[] = [];
  await open({ retry: { delay: () => 0 } }).put(a.url('flaky'), {
    body: 'four',
    onUploadProgress: ({ transferredBytes }) => void transferred.push(transferredBytes),
  });
  expect(transferred.filter((bytes) => bytes === 4)).toHaveLength(2);
  expect(Math.max(...transferred)).toBe(4);
});

uploadTest.each<[string, RequestOptions['body']]>([
  ['text', 'text'],
  ['bytes', new Uint8Array(300_000)],
  ['a Blob', new Blob(['blob'])],
  ['what is made anew', () => (inBrowser ? 'stream' : ['stream'])],
])(
  'onUploadProgress of %s may abort the call, end the session or throw, and nothing breaks',
  async (_name, body) => {
    const { a } = sites();
    const reason = new Error('enough');
    // On a new connection, then on one that is kept.
    for (let calls = 0; calls < 2; calls++) {
      const session = open({ baseUrl: a.base, retry: { delay: () => 0 } });
      const stop = new AbortController();
      const ends: ((() => void) | (() => never))[] = [
        () => stop.abort(reason),
        () => {
          throw reason;
        },
        () => void session.destroy(reason),
      ];
      for (const end of ends) {
        for (let call = 0; call < calls; call++) await session.get('echo').text();
        let reports = 0;
        const error = await reasonOf(
          session.put('echo', {
            body,
            signal: stop.signal.aborted ? undefined : stop.signal,
            onUploadProgress: () => (reports++, end()),
          }),
        );
        expect([error, reports]).toEqual([reason, 1]);
      }
    }
  },
);

nodeTest('the body of a call may abort it as it is opened', async () => {
  const { a } = sites();
  const stop = new AbortController();
  const session = open({ baseUrl: a.base });
  expect(
    await reasonOf(
      session.post('echo', {
        signal: stop.signal,
        body: {
          async *[Symbol.asyncIterator]() {
            stop.abort('enough');
            yield 'x';
          },
        },
      }),
    ),
  ).toBe('enough');
  expect((await session.get('echo')).status).toBe(200);
});

const onUploadProgress = () => {};

/** How often XMLHttpRequest sends in this test. */
function countXhr(): () => number {
  const send = vi.spyOn(XMLHttpRequest.prototype, 'send');
  onTestFinished(() => send.mockRestore());
  return () => send.mock.calls.length;
}

browserTest('an upload with progress alone goes through XMLHttpRequest', async () => {
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

browserTest('an upload with progress of a form tells how far it is', async () => {
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

browserTest('an upload with progress sends what any call sends', async () => {
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

browserTest(
  'an upload with progress gives a response like any other, which comes whole',
  async () => {
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
  },
);

browserTest(
  "an upload with progress sends the browser's cookies as `credentials` says, and keeps those it is given",
  async () => {
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
  },
);

browserTest.each<[string, RequestOptions]>([
  ['a stream', { body: new Blob(['x']).stream() }],
  ['an iterable', { body: () => ['x'] }],
  ['redirect', { redirect: 'manual' }],
  ['redirect', { redirect: 'error' }],
  ['credentials', { credentials: 'omit' }],
  ['mode', { mode: 'no-cors' }],
  ['mode', { mode: 'same-origin' }],
  ['keepalive', { keepalive: true }],
  ['integrity', { integrity: 'sha256-x' }],
  ['referrer', { referrer: '' }],
  ['referrerPolicy', { referrerPolicy: 'no-referrer' }],
])('an upload with progress is refused with %s, and nothing is sent', async (what, options) => {
  const { a } = sites();
  const error = await rejection(
    open().post(a.url('echo'), { body: 'x', onUploadProgress, ...options }),
    UnsupportedError,
  );
  const isStream = ['a stream', 'an iterable'].includes(what);
  expect(error.message).toContain(isStream ? 'a stream' : what);
  // Most browsers cannot send a stream without onUploadProgress either.
  expect(error.message).toContain(
    isStream ? 'give text, bytes, Blob or form' : 'leave out onUploadProgress',
  );
  expect(await a.requests()).toEqual([]);
});

browserTest(
  'an upload with progress takes what is the default already, and what is none of its affair',
  async () => {
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
  },
);

browserTest('an upload with progress ends with its signal', async () => {
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

browserTest.each(['response', 'total'] as const)(
  'an upload with progress ends with its %s timeout',
  async (phase) => {
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
  },
);

browserTest('an upload with progress ends with its session', async () => {
  const { a } = sites();
  const session = open({ retry: 0 });
  const last = reasonOf(session.post(a.url('never'), { body: 'x', onUploadProgress }));
  await a.requests({ requests: 1 });
  const reason = new Error('enough');
  await session.destroy(reason);
  expect(await last).toBe(reason);
  await a.journal({ aborted: 1 });
});

browserTest('an upload with progress is not begun when it was aborted before', async () => {
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
    // What comes after an import comes before the next one.
    await import('isosession');
    send.mockRestore();
  }
  expect(late).toBe(0);
});

browserTest(
  'an upload with progress that fails is a NetworkError, and is retried as any call',
  async () => {
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
  },
);
