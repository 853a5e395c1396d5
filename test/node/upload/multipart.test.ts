import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FormData as UndiciFormData } from 'undici';
import { InvalidRequestError } from '../../../src/errors/invalid-request-error.ts';
import { encodeMultipart, type Multipart } from '../../../src/node/upload/multipart.ts';

async function bytesOf(multipart: Multipart): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of multipart.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function boundaryOf(multipart: Multipart): string {
  return multipart.contentType.replace('multipart/form-data; boundary=', '');
}

/** The body, its boundary called B. */
async function textOf(form: FormData): Promise<string> {
  const multipart = encodeMultipart(form);
  const bytes = await bytesOf(multipart);
  expect(multipart.length).toBe(bytes.length);
  return bytes.toString().replaceAll(boundaryOf(multipart), 'B');
}

describe('encodeMultipart', () => {
  it('refuses a form that only has the name, as that of the form-data package does', () => {
    expect(() => encodeMultipart({ [Symbol.toStringTag]: 'FormData' } as never)).toThrow(
      InvalidRequestError,
    );
  });

  it('writes strings and files as the HTML standard says', async () => {
    const form = new FormData();
    form.append('a', 'ä1');
    form.append('file', new File(['hello'], 'h.txt', { type: 'text/plain' }));
    form.append('a', '2');
    form.append('blob', new Blob([Uint8Array.of(0x30, 0x31)]));
    form.append('unnamed', new File([], ''));
    expect(await textOf(form)).toBe(
      [
        '--B',
        'content-disposition: form-data; name="a"',
        '',
        'ä1',
        '--B',
        'content-disposition: form-data; name="file"; filename="h.txt"',
        'content-type: text/plain',
        '',
        'hello',
        '--B',
        'content-disposition: form-data; name="a"',
        '',
        '2',
        '--B',
        'content-disposition: form-data; name="blob"; filename="blob"',
        'content-type: application/octet-stream',
        '',
        '01',
        '--B',
        'content-disposition: form-data; name="unnamed"; filename=""',
        'content-type: application/octet-stream',
        '',
        '',
        '--B--',
        '',
      ].join('\r\n'),
    );
  });

  it('writes an empty form as its closing boundary', async () => {
    expect(await textOf(new FormData())).toBe('--B--\r\n');
  });

  it('lets no name, filename or value break out of its place (I2)', async () => {
    const form = new FormData();
    form.append('a"\r\nx-evil: 1\r\n\r\nb', 'v\nw\rx\r\ny');
    form.append('n\rm', new File(['\n'], 'f"\n\r\n.txt'));
    expect(await textOf(form)).toBe(
      [
        '--B',
        'content-disposition: form-data; name="a%22%0D%0Ax-evil: 1%0D%0A%0D%0Ab"',
        '',
        'v',
        'w',
        'x',
        'y',
        '--B',
        'content-disposition: form-data; name="n%0D%0Am"; filename="f%22%0A%0D%0A.txt"',
        'content-type: application/octet-stream',
        '',
        '\n',
        '--B--',
        '',
      ].join('\r\n'),
    );
  });

  it.each(['text/plain\r\nx-evil: 1', 'text/plain\n', 'a\0b'])(
    'refuses a foreign file of the type %j (I2)',
    (type) => {
      const file = { type, size: 1, name: 'f', stream: () => new Blob(['x']).stream() };
      expect(() => encodeMultipart([['a', file]] as unknown as FormData)).toThrow(
        InvalidRequestError,
      );
    },
  );

  it('has a boundary of 128 random bits that every parser takes, each time anew (I2)', () => {
    const form = new FormData();
    const boundaries = new Set(
      Array.from({ length: 1e5 }, () => boundaryOf(encodeMultipart(form))),
    );
    expect(boundaries.size).toBe(1e5);
    for (const boundary of [...boundaries].slice(0, 100)) {
      expect(boundary).toMatch(/^isosession-[0-9a-f]{32,}$/);
      expect(boundary.length).toBeLessThanOrEqual(70);
    }
  });

  it.each<{ name: string; create: () => FormData }>([
    { name: 'the global one', create: () => new FormData() },
    { name: 'undici’s', create: () => new UndiciFormData() as unknown as FormData },
  ])('reads $name, and what it writes reads back the same', async ({ create }) => {
    const form = create();
    form.append('text', 'a\r\nb');
    form.append('file', new Blob(['content'], { type: 'application/json' }), 'ünï.json');
    const multipart = encodeMultipart(form);
    const parsed = await new Response(new Uint8Array(await bytesOf(multipart)), {
      headers: { 'content-type': multipart.contentType },
    }).formData();
    expect(parsed.get('text')).toBe('a\r\nb');
    const file = parsed.get('file') as File;
    expect([file.name, file.type, await file.text()]).toEqual([
      'ünï.json',
      'application/json',
      'content',
    ]);
  });

  it('reads a foreign form and file by what they can do', async () => {
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(0x61);
      yield Uint8Array.of(0x62);
    }
    const form = {
      *[Symbol.iterator]() {
        yield ['f', { size: 2, type: '', name: 'x', stream }];
      },
    } as unknown as FormData;
    expect(await textOf(form)).toContain(
      'filename="x"\r\ncontent-type: application/octet-stream\r\n\r\nab\r\n--B--',
    );
  });

  it('is the same however often it is streamed, also after the form has changed', async () => {
    const form = new FormData();
    form.append('a', new Blob(['x'.repeat(200_000)]));
    const multipart = encodeMultipart(form);
    const first = await bytesOf(multipart);
    form.append('b', 'later');
    expect((await bytesOf(multipart)).equals(first)).toBe(true);
    expect(first.length).toBe(multipart.length);
  });

  it('streams a file of the disk in pieces and lets go of it when the reader stops', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'isosession-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'big'), Buffer.alloc(8 << 20, 'x'));
    const form = new FormData();
    form.append('file', await openAsBlob(join(folder, 'big')), 'big');
    const multipart = encodeMultipart(form);
    let largest = 0;
    let total = 0;
    for await (const chunk of multipart.stream()) {
      largest = Math.max(largest, chunk.length);
      total += chunk.length;
    }
    expect(total).toBe(multipart.length);
    expect(largest).toBeLessThanOrEqual(1 << 20);

    let cancelled = false;
    const file = {
      size: 9,
      type: '',
      name: 'x',
      stream: () =>
        new ReadableStream({
          pull: (c) => c.enqueue(Uint8Array.of(1)),
          cancel: () => void (cancelled = true),
        }),
    };
    let pieces = 0;
    for await (const piece of encodeMultipart([['f', file]] as unknown as FormData).stream())
      if ((pieces += piece.length) > 1000) break;
    expect(cancelled).toBe(true);
  });

  it('is understood by a real server', async () => {
    const server = createServer((request, response) => {
      const body = new Request('http://h/', {
        method: 'POST',
        headers: { 'content-type': request.headers['content-type']! },
        body: request as unknown as BodyInit,
        duplex: 'half',
      } as RequestInit);
      void body.formData().then((form) => response.end(JSON.stringify([...form.keys()])));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const form = new FormData();
    form.append('a', '1');
    form.append('b', new File(['x'], 'x'));
    const multipart = encodeMultipart(form);
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
      method: 'POST',
      headers: { 'content-type': multipart.contentType },
      body: new Uint8Array(await bytesOf(multipart)),
    });
    expect(await response.json()).toEqual(['a', 'b']);
  });
});
