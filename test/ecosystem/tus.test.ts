/** tus-js-client, which uploads in parts that go on where they broke off, over a session. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { NetworkError, type Session } from 'isosession';
import { type DetailedError, type HttpStack, Upload, type UploadOptions } from 'tus-js-client';
import { expect, onTestFinished, test } from 'vitest';
import { hasNewToken, logIn, renewals, start, type Started, useOldToken } from './api.ts';
import type { Exchange } from './loopback.ts';
import { sample } from './sample.ts';

const { sessionStack } = (await sample('tools/tus.md', 'sessionStack')) as unknown as {
  sessionStack(session: Session): HttpStack;
};
const bytes = Buffer.from('0123456789'.repeat(1000));

/** A server of tus behind an answer that may come first, and where its files are. */
async function startTus(refuse: (exchange: Exchange) => boolean = () => false) {
  const folder = await mkdtemp(join(tmpdir(), 'isosession-tus-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const tus = new Server({ path: '/files', datastore: new FileStore({ directory: folder }) });
  const api = await start((exchange) => {
    if (refuse(exchange)) return;
    return tus.handle(exchange.request, exchange.response);
  });
  return { ...api, folder };
}

/** Uploads, and gives the URL of what is there. */
function upload({ session, server }: Started, options: UploadOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: `${server.origin}/files`,
      chunkSize: 4000,
      httpStack: sessionStack(session),
      retryDelays: null,
      onSuccess: () => resolve(upload.url ?? ''),
      onError: reject,
      ...options,
    });
    upload.start();
  });
}

test('a file arrives whole, in parts that carry the cookie and tell their progress', async () => {
  const cookies = new Set<string | undefined>();
  const api = await startTus(({ request }) => {
    cookies.add(request.headers.cookie);
    return false;
  });
  await logIn(api);
  const sent: number[] = [];
  const url = await upload(api, { onProgress: (done) => sent.push(done) });
  const file = await readFile(join(api.folder, url.split('/').at(-1) ?? ''));
  expect(file.equals(bytes)).toBe(true);
  expect([...cookies]).toEqual(['sid=1']);
  expect(sent.at(-1)).toBe(bytes.length);
  expect(api.server.received.filter((line) => line.startsWith('PATCH'))).toHaveLength(3);
});

test('a token that is refused is renewed once, and what was sent with it sent again', async () => {
  const api = await startTus((exchange) => {
    if (hasNewToken(exchange)) return false;
    exchange.json({}, 401);
    return true;
  });
  useOldToken(api);
  await upload(api);
  expect(renewals(api)).toBe(1);
});

test('a part that breaks off is sent again by tus alone, from where it was', async () => {
  let breaks = 1;
  const api = await startTus(({ request }) => {
    if (request.method !== 'PATCH' || breaks-- !== 1) return false;
    request.destroy();
    return true;
  });
  const url = await upload(api, { retryDelays: [0] });
  const file = await readFile(join(api.folder, url.split('/').at(-1) ?? ''));
  expect(file.equals(bytes)).toBe(true);
  const methods = api.server.received.map((line) => line.split(' ')[0]);
  expect(methods).toEqual(['POST', 'PATCH', 'HEAD', 'PATCH', 'PATCH', 'PATCH']);
});

test('an error has the status of the server, or the cause of the session', async () => {
  const api = await startTus(({ json }) => (json({}, 403), true));
  const refused = (await upload(api).catch((reason: unknown) => reason)) as DetailedError;
  expect(refused.originalResponse?.getStatus()).toBe(403);

  const broken = await startTus(({ request }) => (request.destroy(), true));
  const lost = (await upload(broken).catch((reason: unknown) => reason)) as DetailedError;
  expect(NetworkError.is(lost.causingError)).toBe(true);
});

test('an upload that is aborted ends its request', async () => {
  const api = await startTus();
  const endpoint = `${api.server.origin}/slow`;
  const upload = new Upload(bytes, { endpoint, httpStack: sessionStack(api.session) });
  upload.start();
  const { closed } = await api.hanging;
  await upload.abort();
  await closed;
});
