import { fetchTransport, type SessionResponse } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inNode, open, reasonOf, sites, webAssemblyTest } from '../../support/contract.ts';

/** What a host reads that takes the insides of a response, not its members. */
const inside = (response: Response): ReadableStream | null =>
  Reflect.get(Response.prototype, 'body', response) as ReadableStream | null;
const textInside = (response: Response) => new Response(inside(response)).text();

/** A session whose responses are the host's own. */
const openOnFetch = inNode
  ? (options?: Parameters<typeof open>[0]) => open({ transport: fetchTransport(), ...options })
  : open;

describe('a response of the host has its body inside', () => {
  const ways: [string, (response: SessionResponse) => [Response, Response]][] = [
    ['the response and its clone', (response) => [response.clone(), response]],
    ['a clone of a clone', (response) => [response.clone().clone(), response]],
    ['after its stream was looked at', (response) => [(response.body, response.clone()), response]],
  ];
  test.each(ways)('%s', async (_, take) => {
    const { a } = sites();
    const [clone, original] = take(await openOnFetch().get(a.url('reply', { text: 'whole' })));
    expect([await textInside(clone), await textInside(original)]).toEqual(['whole', 'whole']);
  });

  test('beside a clone that is read here', async () => {
    const { a } = sites();
    const session = openOnFetch({
      hooks: {
        afterResponse: [
          async ({ response }) => void expect(await response.clone().text()).toBe('whole'),
        ],
      },
    });
    expect(await textInside(await session.get(a.url('reply', { text: 'whole' })))).toBe('whole');
  });

  test('after the library has looked for the data of an error', async () => {
    const { a } = sites();
    const error = await reasonOf(
      openOnFetch().get(a.url('reply', { status: 404, text: 'why' }), { throwHttpErrors: true }),
    );
    const { response, data } = error as { response: SessionResponse; data: unknown };
    expect([data, await textInside(response)]).toEqual(['why', 'why']);
  });

  test('where a middleware gives the response of another call', async () => {
    const { a } = sites();
    const other = openOnFetch();
    const session = openOnFetch();
    session.use(() => other.get(a.url('reply', { text: 'whole' })));
    expect(await textInside(await session.get(a.url('echo')))).toBe('whole');
  });

  const { compileStreaming } = WebAssembly;
  webAssemblyTest('and WebAssembly compiles it, and its clone', async () => {
    const { a } = sites();
    const url = a.url('reply', [
      ['h', 'content-type: application/wasm'],
      ['text', '\0asm\x01\0\0\0'],
    ]);
    const response = await openOnFetch().get(url);
    for (const one of [response.clone(), response])
      expect(await compileStreaming(one)).toBeInstanceOf(WebAssembly.Module);
  });

  test('and what the host reads counts as read', async () => {
    const { a } = sites();
    const response = await openOnFetch().get(a.url('reply', { text: 'whole' }));
    expect(await textInside(response)).toBe('whole');
    await expect(response.text()).rejects.toThrow(TypeError);
  });
});

test('a clone and its original tell of progress once', async () => {
  const { a } = sites();
  const told: number[] = [];
  const response = await openOnFetch().get(a.url('bytes', { n: 100_000 }), {
    onDownloadProgress: ({ transferredBytes }) => void told.push(transferredBytes),
  });
  const clone = response.clone();
  await Promise.all([response.bytes(), clone.bytes()]);
  expect(told).toEqual([...new Set(told)].sort((one, other) => one - other));
  expect(told.at(-1)).toBe(100_000);
});

test('who drops a clone ends nothing for the other', async () => {
  const { a } = sites();
  const response = await openOnFetch().get(a.url('bytes', { n: 300_000 }));
  await response.clone().body?.cancel();
  expect((await response.bytes()).length).toBe(300_000);
});
