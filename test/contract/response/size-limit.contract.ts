import { ResponseTooLargeError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection, sites } from '../../support/contract.ts';

describe('maxResponseSize', () => {
  test.each(['json', 'text', 'bytes', 'arrayBuffer', 'blob'] as const)(
    'over it .%s() rejects with ResponseTooLargeError',
    async (method) => {
      const { a } = sites();
      const error = await rejection(
        open({ maxResponseSize: 1000 })
          .get(a.url('bytes', { n: 1001 }))
          [method](),
        ResponseTooLargeError,
      );
      expect([error.limit, error.code]).toEqual([1000, 'ERR_RESPONSE_TOO_LARGE']);
    },
  );

  test('exactly that many bytes are fine', async () => {
    const { a } = sites();
    const session = open({ maxResponseSize: 1000 });
    expect((await session.get(a.url('bytes', { n: 1000 })).bytes()).length).toBe(1000);
    expect((await session.get(a.url('bytes', { n: 1000, length: 0 })).bytes()).length).toBe(1000);
  });

  test('it holds for streams, clones and lines, with and without a content-length', async () => {
    const { a } = sites();
    const session = open({ maxResponseSize: 1000 });
    for (const length of [0, 1]) {
      const url = a.url('bytes', { n: 200_000, length });
      const reader = ((await session.get(url)).body as ReadableStream<Uint8Array>).getReader();
      await rejection(
        (async () => {
          while (!(await reader.read()).done);
        })(),
        ResponseTooLargeError,
      );
      await rejection((await session.get(url)).clone().text(), ResponseTooLargeError);
      await rejection(
        (async () => {
          for await (const line of session.get(url).lines()) expect(line).toBeDefined();
        })(),
        ResponseTooLargeError,
      );
    }
  });

  test('it counts decoded bytes', async () => {
    const { a } = sites();
    await rejection(
      open({ maxResponseSize: 10_000 })
        .get(a.url('bomb', { n: 100_000 }))
        .text(),
      ResponseTooLargeError,
    );
  });

  test('a call overrides the session, and the session still works after', async () => {
    const { a } = sites();
    const session = open({ maxResponseSize: 10 });
    expect(
      (await session.get(a.url('bytes', { n: 1000 }), { maxResponseSize: 1000 }).bytes()).length,
    ).toBe(1000);
    await rejection(session.get(a.url('bytes', { n: 1000 })).bytes(), ResponseTooLargeError);
    expect(await session.get(a.url('reply', { text: 'short' })).text()).toBe('short');
  });
});
