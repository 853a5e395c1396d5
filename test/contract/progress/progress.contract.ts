import type { RequestOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, nodeTest, open, reasonOf, sites, uploadTest } from '../../support/contract.ts';
import { recorder } from './recorder.ts';

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

  test('counts on while the length is unknown, and ends at 1', async () => {
    const { a } = sites();
    const { reports, record } = recorder();
    await open()
      .get(a.url('bytes', { n: 100_000, length: 0 }), { onDownloadProgress: record })
      .bytes();
    expect(reports.at(-1)).toEqual({ percent: 1, transferredBytes: 100_000, totalBytes: 100_000 });
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

for (const { name, body, length } of [
  { name: 'text', body: 'x'.repeat(300_000), length: 300_000 },
  { name: 'bytes', body: new Uint8Array(300_000), length: 300_000 },
  { name: 'a Blob', body: new Blob([new Uint8Array(300_000)]), length: 300_000 },
  { name: 'a form', body: new URLSearchParams({ a: 'x'.repeat(100) }), length: 102 },
]) {
  uploadTest(`onUploadProgress of ${name} tells each chunk and ends at 1`, async () => {
    const { a } = sites();
    const { reports, record } = recorder(!inBrowser);
    await open().post(a.url('echo'), { body, onUploadProgress: record });
    expect(reports.at(-1)).toEqual({ percent: 1, transferredBytes: length, totalBytes: length });
    expect((await a.request()).bytes).toBe(length);
  });
}

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

const bodies: { name: string; body: RequestOptions['body'] }[] = [
  { name: 'text', body: 'text' },
  { name: 'bytes', body: new Uint8Array(300_000) },
  { name: 'a Blob', body: new Blob(['blob']) },
  { name: 'what is made anew', body: () => (inBrowser ? 'stream' : ['stream']) },
];
for (const { name, body } of bodies) {
  uploadTest(
    `onUploadProgress of ${name} may abort the call, end the session or throw, and nothing breaks`,
    async () => {
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
}

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
