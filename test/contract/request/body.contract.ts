import { InvalidRequestError, SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  browserTest,
  developmentTest,
  nodeTest,
  open,
  rejection,
  sent,
  sites,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('body', () => {
  test('a string is plain text in UTF-8', async () => {
    const { a } = sites();
    const echo = await open().post(a.url('echo'), { body: 'grüße' }).json<JournalEntry>();
    expect(echo).toMatchObject({ body: 'grüße', bytes: 7 });
    expect(sent(echo, 'content-type')?.toLowerCase()).toBe('text/plain;charset=utf-8');
  });

  const bytes = Uint8Array.of(104, 101, 108, 108, 111);
  for (const { name, body } of [
    { name: 'a Uint8Array', body: bytes },
    {
      name: 'the part of a buffer that a view shows',
      body: new Uint8Array([0, ...bytes, 0]).subarray(1, 6),
    },
    { name: 'an ArrayBuffer', body: bytes.buffer.slice(0) },
    { name: 'a DataView', body: new DataView(bytes.buffer.slice(0)) },
    { name: 'a Blob without a type', body: new Blob([bytes]) },
  ]) {
    test(`${name} goes out as its bytes, with its length and no content-type`, async () => {
      const { a } = sites();
      const echo = await open().put(a.url('echo'), { body }).json<JournalEntry>();
      expect(echo).toMatchObject({ body: 'hello', bytes: 5 });
      expect(sent(echo, 'content-type')).toBeUndefined();
      expect(sent(echo, 'content-length')).toBe('5');
    });
  }

  test('a Blob has its length and its type', async () => {
    const { a } = sites();
    const echo = await open()
      .put(a.url('echo'), { body: new Blob(['<p>'], { type: 'text/html' }) })
      .json<JournalEntry>();
    expect(echo.body).toBe('<p>');
    expect([
      sent(echo, 'content-type'),
      sent(echo, 'content-length'),
      sent(echo, 'transfer-encoding'),
    ]).toEqual(['text/html', '3', undefined]);
  });

  test('URLSearchParams are a form', async () => {
    const { a } = sites();
    const echo = await open()
      .post(a.url('echo'), { body: new URLSearchParams({ q: 'a b' }) })
      .json<JournalEntry>();
    expect(echo.body).toBe('q=a+b');
    expect(sent(echo, 'content-type')?.toLowerCase()).toBe(
      'application/x-www-form-urlencoded;charset=utf-8',
    );
  });

  test('FormData goes out as multipart with texts, files, names and types', async () => {
    const { a } = sites();
    const form = new FormData();
    form.append('text', 'ü\r\nline');
    form.append('text', 'again');
    form.append('quo"ted\n', 'x');
    form.append('file', new File(['content'], 'näme.txt', { type: 'text/plain' }));
    form.append('file', new File([''], 'a"b\r\nc', { type: 'text/plain' }));
    form.append('blob', new Blob(['raw']));
    const response = await open().post(a.url('mirror'), { body: form });
    expect(response.headers.get('content-type')).toMatch(
      /^multipart\/form-data; ?boundary="?[-\w]{16,70}"?$/,
    );
    const text = await response.clone().text();
    // HTML, "multipart form data": line ends and quotes in names are escaped this way.
    expect(text).toContain('name="quo%22ted%0D%0A"\r\n');
    expect(text).toContain('; filename="a%22b%0D%0Ac"\r\n');
    const back = await response.formData();
    expect(back.getAll('text')).toEqual(['ü\r\nline', 'again']);
    const file = back.get('file') as File;
    expect([file.name, file.type, await file.text()]).toEqual([
      'näme.txt',
      'text/plain',
      'content',
    ]);
    const blob = back.get('blob') as File;
    expect([blob.name, await blob.text()]).toEqual(['blob', 'raw']);
    const entry = await a.request();
    expect(sent(entry, 'content-length')).toBe(String(entry.bytes));
  });

  test('null is no body', async () => {
    const { a } = sites();
    expect((await open().post(a.url('echo'), { body: null }).json<JournalEntry>()).bytes).toBe(0);
  });

  test('a function makes the body, also later', async () => {
    const { a } = sites();
    const echo = await open()
      .put(a.url('echo'), { body: () => Promise.resolve('made') })
      .json<JournalEntry>();
    expect(echo.body).toBe('made');
  });

  test('a body from a function is made again for every attempt', async () => {
    const { a } = sites();
    let calls = 0;
    const response = await open({ retry: { delay: () => 0 } }).put(a.url('flaky', { fails: 2 }), {
      body: () => `body ${++calls}`,
    });
    expect(response.attempts).toBe(3);
    expect((await a.requests()).map((entry) => entry.body)).toEqual(['body 1', 'body 2', 'body 3']);
  });

  test('an abort ends a call whose function makes no body', async () => {
    const stop = new AbortController();
    const call = open().put(sites().a.url('echo'), {
      body: () => new Promise<string>(() => {}),
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error('stopped')), 10);
    expect((await rejection(call, Error)).message).toBe('stopped');
  });

  test('a body that has its bytes is sent whole on every attempt', async () => {
    const { a } = sites();
    const form = new FormData();
    form.append('name', 'value');
    const session = open({ retry: { delay: () => 0 } });
    for (const [key, body] of Object.entries({
      text: 'same',
      blob: new Blob(['same']),
      form,
      bytes: new TextEncoder().encode('same'),
    })) {
      expect((await session.put(a.url('flaky', { key }), { body })).attempts).toBe(2);
    }
    const entries = await a.requests();
    // Each sending of a form has a boundary of its own.
    const parts = entries.map(({ body }) => body.replace(/[^]*name="name"\r\n\r\n(.*)[^]*/, '$1'));
    expect(parts).toEqual(['same', 'same', 'same', 'same', 'value', 'value', 'same', 'same']);
  });

  wireTest('an iterable of unknown length is chunked and has no content-length', async () => {
    const { a } = sites();
    async function* pieces() {
      yield 'one ';
      yield new TextEncoder().encode('two');
      await Promise.resolve();
      yield 'ü';
    }
    const session = open();
    for (const body of [pieces(), ['one ', new TextEncoder().encode('two'), 'ü'], () => pieces()]) {
      const echo = await session.post(a.url('echo'), { body }).json<JournalEntry>();
      expect(echo.body).toBe('one twoü');
      expect(sent(echo, 'content-length')).toBeUndefined();
      expect(sent(echo, 'transfer-encoding')).toBe('chunked');
    }
  });

  wireTest('an iterable that was read in part sends the rest', async () => {
    const { a } = sites();
    async function* pieces() {
      yield* ['read ', 'and ', 'sent'];
      await Promise.resolve();
    }
    const body = pieces();
    await body.next();
    expect((await open().post(a.url('echo'), { body }).json<JournalEntry>()).body).toBe('and sent');
  });

  nodeTest(
    'a content-length that is set for a stream is kept, and the body is not chunked',
    async () => {
      const { a } = sites();
      const echo = await open()
        .put(a.url('echo'), { body: ['he', 'llo'], headers: { 'content-length': '5' } })
        .json<JournalEntry>();
      expect(echo.body).toBe('hello');
      expect([sent(echo, 'content-length'), sent(echo, 'transfer-encoding')]).toEqual([
        '5',
        undefined,
      ]);
    },
  );

  test('a stream that is locked is refused before anything is sent', async () => {
    const { a } = sites();
    const stream = new ReadableStream();
    const reader = stream.getReader();
    await rejection(open().put(a.url('echo'), { body: stream }), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
    // Nothing is lost: its owner can still use it.
    expect(stream.locked).toBe(true);
    reader.releaseLock();
  });

  test('a stream that was read in part is refused, as fetch refuses it', async () => {
    const { a } = sites();
    const stream = new Blob(['used']).stream();
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
    await rejection(open().put(a.url('echo'), { body: stream }), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
  });

  // Chromium sends a stream over HTTP/2 only; the other browsers send none.
  for (const { name, make } of [
    { name: 'a stream', make: () => new Blob(['x']).stream() },
    { name: 'an iterable', make: () => ['x'] },
  ]) {
    browserTest(
      `${name} that the browser cannot send is an error, and nothing goes in its place`,
      async () => {
        const { a } = sites();
        await rejection(open().put(a.url('echo'), { body: make() }), SessionError);
        expect(await a.requests()).toEqual([]);
      },
    );
  }

  test('a Request whose body was used is refused before anything is sent', async () => {
    const { a } = sites();
    const request = new Request(a.url('echo'), { method: 'POST', body: 'once' });
    await request.text();
    await rejection(open().request(request), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
  });

  for (const { name, options } of [
    { name: 'json and form', options: { json: {}, form: {} } },
    { name: 'json and body', options: { json: null, body: 'x' } },
    { name: 'form and body', options: { form: {}, body: 'x' } },
    { name: 'all three', options: { json: 1, form: { a: 1 }, body: 'x' } },
  ]) {
    developmentTest(`${name} together are refused before anything is sent`, async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base });
      await rejection(session.post('echo', options as never), InvalidRequestError);
      expect(await a.requests()).toEqual([]);
      expect((await session.get('echo')).status).toBe(200);
    });
  }

  for (const { method, name, options } of [
    { method: 'GET', name: 'json', options: { json: {} } },
    { method: 'GET', name: 'a body', options: { body: 'x' } },
    { method: 'HEAD', name: 'a form', options: { form: {} } },
    { method: 'HEAD', name: 'a Blob', options: { body: new Blob(['x']) } },
  ]) {
    developmentTest(`a ${method} with ${name} is refused before anything is sent`, async () => {
      const { a } = sites();
      await rejection(open().request(a.url('echo'), { method, ...options }), InvalidRequestError);
      expect(await a.requests()).toEqual([]);
    });
  }

  test('a value of no body type is refused', async () => {
    const { a } = sites();
    await rejection(open().post(a.url('echo'), { body: 5 as never }), InvalidRequestError);
    await rejection(
      open().post(a.url('echo'), { body: { plain: 'object' } as never }),
      InvalidRequestError,
    );
    expect(await a.requests()).toEqual([]);
  });

  test('a large body arrives whole', async () => {
    const { a } = sites();
    const data = new Uint8Array(3_000_000).map((_, index) => index * 7);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
    const echo = await open().put(a.url('echo'), { body: data }).json<JournalEntry>();
    expect(echo.bytes).toBe(3_000_000);
    expect(echo.sha256).toBe(
      Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    );
  });
});
