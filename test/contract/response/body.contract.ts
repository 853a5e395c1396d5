import { SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  browserTest,
  hex,
  inBrowser,
  open,
  reasonOf,
  sites,
  wireTest,
} from '../../support/contract.ts';

describe('reading a body', () => {
  test('text, json, bytes, arrayBuffer and blob read it', async () => {
    const { a } = sites();
    const session = open();
    const get = () => session.get(a.url('reply', { text: '{"ü":1}', type: 'application/json' }));
    expect(await (await get()).text()).toBe('{"ü":1}');
    expect(await (await get()).json()).toEqual({ ü: 1 });
    const bytes = await (await get()).bytes();
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(new TextDecoder().decode(bytes)).toBe('{"ü":1}');
    expect((await (await get()).arrayBuffer()).byteLength).toBe(8);
    const blob = await (await get()).blob();
    expect([blob.size, blob.type]).toEqual([8, 'application/json']);
  });

  test('the same methods stand on the promise', async () => {
    const { a } = sites();
    const session = open();
    const get = () => session.get(a.url('reply', { text: '{"a":1}', type: 'application/json' }));
    expect(await get().text()).toBe('{"a":1}');
    expect(await get().json()).toEqual({ a: 1 });
    expect((await get().bytes()).length).toBe(7);
    expect((await get().arrayBuffer()).byteLength).toBe(7);
    expect(await (await get().blob()).text()).toBe('{"a":1}');
  });

  test('formData reads a form of either kind', async () => {
    const { a } = sites();
    const form = await open()
      .post(a.url('mirror'), { form: { a: [1, 2], b: 'ü' } })
      .formData();
    expect([form.getAll('a'), form.get('b')]).toEqual([['1', '2'], 'ü']);
    const parts = new FormData();
    parts.append('file', new File(['x'], 'x.bin'));
    const back = await open().post(a.url('mirror'), { body: parts }).formData();
    expect((back.get('file') as File).name).toBe('x.bin');
  });

  test('a body is read once: a second reading rejects with TypeError', async () => {
    const { a } = sites();
    const response = await open().get(a.url('reply', { text: 'once' }));
    await response.text();
    expect(await reasonOf(response.text())).toBeInstanceOf(TypeError);
    expect(await reasonOf(response.json())).toBeInstanceOf(TypeError);
    expect(() => response.clone()).toThrow(TypeError);
  });

  browserTest('an opaque response can be cloned, and its clone is opaque', async () => {
    const { b } = sites();
    const response = await open().get(b.url('reply', { text: 'x' }), { mode: 'no-cors' });
    const clone = response.clone();
    expect([clone.status, clone.type, await clone.text(), await response.text()]).toEqual([
      0,
      'opaque',
      '',
      '',
    ]);
  });

  test('clone is a response of ours and both bodies can be read', async () => {
    const { a } = sites();
    const response = await open({ retry: { delay: () => 0 } }).get(a.url('flaky', { fails: 1 }));
    const clone = response.clone();
    expect(clone).toBeInstanceOf(Response);
    expect([clone.status, clone.url, clone.attempts, clone.headers.get('content-type')]).toEqual([
      200,
      response.url,
      2,
      'application/json',
    ]);
    expect(await clone.json()).toEqual({ request: 2 });
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual({ request: 2 });
  });

  test('body is a stream of the bytes', async () => {
    const { a } = sites();
    const response = await open().get(a.url('bytes', { n: 300_000 }));
    let bytes = 0;
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      expect(value).toBeInstanceOf(Uint8Array);
      bytes += value.length;
    }
    expect(bytes).toBe(300_000);
    expect(response.bodyUsed).toBe(true);
  });

  test('bytes come as they arrive, not at the end', async () => {
    const { a } = sites();
    const response = await open().get(a.url('gated', { first: 'early', rest: ' late', key: 'k' }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('early');
    await a.release('k');
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(' late');
    expect((await reader.read()).done).toBe(true);
  });

  browserTest('what is read only through its reader is not taken for collected', async () => {
    const { a } = sites();
    const session = open();
    const readers = await Promise.all(
      Array.from({ length: 5 }, async () =>
        (
          (await session.get(a.url('bytes', { n: 1_000_000 }))).body as ReadableStream<Uint8Array>
        ).getReader(),
      ),
    );
    const read = () =>
      Promise.all(readers.map(async (reader) => (await reader.read()).value?.length ?? 0));
    let bytes = await read();
    // A page has no other way to ask for a collection.
    for (let turn = 0; turn < 50; turn++) {
      Array.from({ length: 200 }, () => new Array<unknown>(10_000).fill({}));
      await new Promise((resolve) => setTimeout(resolve));
    }
    for (let more; (more = await read()).some(Boolean);)
      bytes = bytes.map((size, index) => size + (more[index] as number));
    expect(bytes).toEqual(readers.map(() => 1_000_000));
  });

  test('cancelling the stream ends the exchange', async () => {
    const { a } = sites();
    const response = await open().get(a.url('drip'));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
  });

  test.each(
    inBrowser ? ['gzip', 'br', 'deflate'] : ['gzip', 'x-gzip', 'br', 'deflate', 'deflate-raw'],
  )('%s is decoded however the body is read', async (coding) => {
    const { a } = sites();
    const session = open();
    const url = a.url('encoded', { coding, text: 'grüße '.repeat(200) });
    expect(await session.get(url).text()).toBe('grüße '.repeat(200));
    const response = await session.get(url);
    expect((await new Response(response.body).arrayBuffer()).byteLength).toBe(1600);
  });

  wireTest('codings in a row are undone in reverse', async () => {
    const { a } = sites();
    expect(
      await open()
        .get(a.url('encoded', { coding: 'gzip,br,deflate', text: 'deep' }))
        .text(),
    ).toBe('deep');
  });

  test('an empty body with a content-encoding is empty', async () => {
    const { a } = sites();
    const session = open();
    expect(
      await session
        .get(
          a.url('reply', [
            ['h', 'content-encoding: gzip'],
            ['status', '204'],
          ]),
        )
        .text(),
    ).toBe('');
    expect((await session.head(a.url('encoded', { coding: 'gzip' }))).status).toBe(200);
  });
});

describe('text and its encoding', () => {
  const umlaut = hex([0xfc]);
  for (const { name, query, encoding, wanted } of [
    {
      name: 'UTF-8 is the default, whatever the charset says',
      query: { hex: hex('ü'), type: 'text/plain; charset=iso-8859-1' },
      encoding: undefined,
      wanted: 'ü',
    },
    {
      name: 'a label decides',
      query: { hex: umlaut, type: 'text/plain' },
      encoding: 'windows-1252',
      wanted: 'ü',
    },
    {
      name: 'a label of another script',
      query: { hex: hex([0x93, 0xfa]), type: 'text/plain' },
      encoding: 'shift_jis',
      wanted: '日',
    },
    {
      name: 'auto takes the charset',
      query: { hex: umlaut, type: 'text/plain; charset="ISO-8859-1"' },
      encoding: 'auto',
      wanted: 'ü',
    },
    {
      name: 'auto goes by a byte order mark first',
      query: { hex: hex([0xff, 0xfe, 0xfc, 0]), type: 'text/plain; charset=utf-8' },
      encoding: 'auto',
      wanted: 'ü',
    },
    {
      name: 'auto falls back to UTF-8',
      query: { hex: hex('ü'), type: 'text/plain' },
      encoding: 'auto',
      wanted: 'ü',
    },
    {
      name: 'auto falls back to UTF-8 from a charset nobody knows',
      query: { hex: hex('ü'), type: 'text/plain; charset=klingon' },
      encoding: 'auto',
      wanted: 'ü',
    },
    {
      name: 'a byte order mark is no text',
      query: { hex: hex([0xef, 0xbb, 0xbf, 0x61]), type: 'text/plain' },
      encoding: undefined,
      wanted: 'a',
    },
    {
      name: 'bad bytes become the replacement character',
      query: { hex: hex([0x61, 0xff]), type: 'text/plain' },
      encoding: undefined,
      wanted: 'a\ufffd',
    },
  ]) {
    test(name, async () => {
      const { a } = sites();
      const session = open();
      expect(await session.get(a.url('reply', query)).text(encoding)).toBe(wanted);
      expect(await (await session.get(a.url('reply', query))).text(encoding)).toBe(wanted);
    });
  }

  test('a label that does not exist is a typed error', async () => {
    const { a } = sites();
    expect(
      SessionError.is(
        await reasonOf(
          open()
            .get(a.url('reply', { text: 'x' }))
            .text('klingon'),
        ),
      ),
    ).toBe(true);
  });
});
