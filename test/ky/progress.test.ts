/** `onUploadProgress` and `onDownloadProgress`. */
import type { Options, Progress } from 'ky';
import { atOnce, type Behaviour, failure, sideBySide } from './side-by-side.ts';

/** The events of an upload: the last one, and whether those before are in order. */
const upload =
  (options: () => Options, ...replies: (number | string)[]): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve(...replies, 'ok');
    const events: Progress[] = [];
    const given = options();
    await ky.post(url, { ...given, onUploadProgress: (event) => void events.push({ ...event }) });
    const inOrder = events.every(
      ({ transferredBytes, percent }, at) =>
        at === 0 ||
        (transferredBytes >= (events[at - 1]?.transferredBytes ?? 0) &&
          percent >= (events[at - 1]?.percent ?? 0)),
    );
    const complete = events.filter(({ percent }) => percent === 1).length;
    return { last: events.at(-1), inOrder, complete, bodies: seen.map(({ body }) => body.length) };
  };

const bodies: Record<string, () => BodyInit> = {
  text: () => 'hello',
  'text of several bytes a sign': () => 'hello 😀 world',
  'a sign alone': () => '😀',
  'an ArrayBuffer': () => new ArrayBuffer(16),
  'a Uint8Array': () => new Uint8Array([1, 2, 3, 4, 5]),
  'a Uint16Array': () => new Uint16Array([1, 2, 3]),
  'a Float64Array': () => new Float64Array([1, 2]),
  'a DataView': () => new DataView(new ArrayBuffer(10)),
  'a part of an array': () => new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3),
  'a Blob': () => new Blob(['hello world']),
  'a Blob of several bytes a sign': () => new Blob(['😀']),
  'a File': () => new File(['hello world'], 'test.txt', { type: 'text/plain' }),
  URLSearchParams: () => new URLSearchParams({ foo: 'bar', baz: 'qux' }),
};
const form = (...entries: [string, string | Blob][]) => {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value as string);
  return data;
};
const large = () => new Blob([new Uint8Array(2 ** 20).fill(65)]);
const withHeader = (request: Request, name: string) => {
  const headers = new Headers(request.headers);
  headers.set(name, '1');
  return new Request(request, { headers });
};

sideBySide('onUploadProgress', {
  ...Object.fromEntries(
    Object.entries(bodies).map(([name, body]) => [
      `counts the bytes of ${name}`,
      upload(() => ({ body: body() })),
    ]),
  ),
  'tells nothing of a call without a body': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let told = 0;
    await ky.post(url, { onUploadProgress: () => void told++ });
    await ky.post(url, { body: null, onUploadProgress: () => void told++ });
    return told;
  },
  'counts JSON': upload(() => ({ json: { test: 'test' } })),
  'tells the chunk': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const chunks: string[] = [];
    await ky.post(url, {
      json: { test: 'test' },
      onUploadProgress: (_, chunk) => void chunks.push(new TextDecoder().decode(chunk)),
    });
    return chunks.join('');
  },
  'counts a form': upload(() => ({ body: form(['a', '1']) })),
  'counts a form of several fields': upload(() => ({ body: form(['a', '1'], ['b', '2']) })),
  'counts a form with a file': upload(() => ({ body: form(['file', new Blob(['hello'])]) })),
  'counts a form beside parameters': upload(() => ({
    body: form(['field', 'value']),
    searchParams: { foo: 'bar' },
  })),
  'counts a large Blob, and more than once': upload(() => ({ body: large() })),
  'counts a large form': upload(() => ({ body: form(['file', large()]) })),
  'counts a stream': upload(() => ({ body: new Blob(['chunk-1chunk-2']).stream(), retry: 0 })),
  'counts once where hooks make new requests': upload(() => ({
    json: { test: 'test' },
    hooks: {
      beforeRequest: [
        ({ request }) => withHeader(request, 'x-one'),
        ({ request }) => withHeader(request, 'x-two'),
      ],
    },
  })),
  'counts each attempt': upload(
    () => ({ json: { test: 'retry' }, retry: { methods: ['post'], ...atOnce } }),
    500,
  ),
  'knows the size where a hook adds a header': upload(() => ({
    body: large(),
    hooks: { beforeRequest: [({ request }) => withHeader(request, 'x-hook')] },
  })),
  'counts the body that a hook has given': upload(() => ({
    json: { initial: true },
    hooks: { beforeRequest: [({ request }) => new Request(request, { body: 'replacement' })] },
  })),
  'counts the larger body that a hook has given': upload(() => ({
    body: 'tiny',
    hooks: { beforeRequest: [({ request }) => new Request(request, { body: large() })] },
  })),
  'counts the smaller body that a hook has given': upload(() => ({
    body: large(),
    hooks: { beforeRequest: [({ request }) => new Request(request, { body: 'small' })] },
  })),
  'keeps a header beside a body that a hook has given': upload(() => ({
    body: 'first',
    hooks: {
      beforeRequest: [
        ({ request }) => new Request(request, { body: 'second' }),
        ({ request }) => withHeader(request, 'x-hook'),
      ],
    },
  })),
  'knows the size without a content-length': upload(() => ({
    body: large(),
    hooks: { beforeRequest: [({ request }) => request.headers.delete('content-length')] },
  })),
  'counts the body of a retry that a hook has changed': upload(
    () => ({
      json: { attempt: 1 },
      retry: { methods: ['post'], ...atOnce },
      hooks: { beforeRetry: [({ request }) => new Request(request, { body: 'x'.repeat(500) })] },
    }),
    500,
  ),
  'counts a retry that a hook has forced': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, 'ok');
    const totals: number[] = [];
    await ky.post(url, {
      json: { payload: 'forced' },
      retry: { limit: 1, ...atOnce },
      hooks: {
        afterResponse: [
          ({ request, response }) =>
            response.status === 500
              ? ky.retry({ request: new Request(request, { body: 'another body' }), delay: 0 })
              : undefined,
        ],
      },
      onUploadProgress: ({ percent, totalBytes }) =>
        void (percent === 1 && totals.push(totalBytes)),
    });
    return [totals, seen.map(({ body }) => body)];
  },
  'is a function': ({ ky }) =>
    failure(() => ky.post('http://server.test', { onUploadProgress: 1 as never })),
});

const download =
  (body: string, headers: Record<string, string | number>, length = true): Behaviour =>
  async ({ ky, serve }) => {
    const { url } = await serve({
      body,
      headers: length ? { ...headers, 'content-length': Buffer.byteLength(body) } : headers,
    });
    const events: Progress[] = [];
    const text = await ky(url, {
      onDownloadProgress: (event) => void events.push({ ...event }),
    }).text();
    return { first: events[0], last: events.at(-1), size: text.length };
  };

sideBySide('onDownloadProgress', {
  'counts what has a length': download('x'.repeat(5000), {}),
  'counts what has no length': download('x'.repeat(5000), {}, false),
  'counts nothing': download('', {}),
  'counts bytes, not signs': download('ä'.repeat(50), {}),
  'tells the chunks': async ({ ky, serve }) => {
    const { url } = await serve('héllo');
    const chunks: Uint8Array[] = [];
    await ky(url, { onDownloadProgress: (_, chunk) => void chunks.push(chunk) }).text();
    return Buffer.concat(chunks).toString();
  },
  'counts an awaited response': async ({ ky, serve }) => {
    const { url } = await serve('hello');
    let last: Progress | undefined;
    const response = await ky(url, { onDownloadProgress: (event) => void (last = event) });
    await response.text();
    return last;
  },
  'is a function': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    return failure(() => ky(url, { onDownloadProgress: 1 as never }));
  },
  'leaves status and headers': async ({ ky, serve }) => {
    const { url } = await serve({ status: 201, headers: { 'x-a': '1' }, body: 'x' });
    const response = await ky(url, { onDownloadProgress: () => {} });
    return [response.status, response.headers.get('x-a'), response.ok];
  },
  'leaves an error as it is': async ({ ky, serve }) => {
    const { url } = await serve(404);
    return failure(() => ky(url, { onDownloadProgress: () => {} }));
  },
});
