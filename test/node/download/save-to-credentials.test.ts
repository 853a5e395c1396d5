import { bearer, type Transport } from 'isosession';
import { saveTo } from 'isosession/node';
import { expect, test } from 'vitest';
import { arrivals, canary, network } from '../../support/canaries.ts';
import { open } from '../../support/contract.ts';
import { expectFile, file, half, temporaryFile } from './downloads.ts';

/** The rest of the file, from the byte that is asked for; at first it breaks off in the middle. */
function answerTo(range: string | null): Response {
  const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
  const headers: Record<string, string> = { etag: '"1"' };
  if (from > 0) {
    headers['content-range'] = `bytes ${from}-${file.length - 1}/${file.length}`;
    return new Response(new Uint8Array(file.subarray(from)), { status: 206, headers });
  }
  let isBroken = false;
  const body = new ReadableStream({
    pull(controller) {
      if (isBroken) controller.error(new Error('broken'));
      else controller.enqueue(new Uint8Array(file.subarray(0, half)));
      isBroken = true;
    },
  });
  return new Response(body, { headers: { ...headers, 'content-length': String(file.length) } });
}

test('R15: what is asked for once more is judged anew along its redirects', async () => {
  const { places, transport } = network('home', 'evil');
  const { home, evil } = places;
  const files: Transport = {
    async send(request) {
      const response = await transport.send(request);
      return request.url.pathname === '/file' ? answerTo(request.headers.get('range')) : response;
    },
  };
  const [ours, theirs] = [canary(), canary()];
  const { path } = temporaryFile();
  const session = open({
    transport: files,
    baseUrl: home.origin,
    auth: bearer(ours),
    retry: { delay: () => 0 },
  });
  const response = await session.get(home.url('redirect', { to: evil.url('file') }), {
    headers: { 'x-api-key': theirs },
    cookies: { c: theirs },
  });
  await saveTo(response, path, { resume: true });
  expectFile(path, file);
  expect(await evil.requests()).toHaveLength(2);
  for (const secret of [ours, theirs]) expect(await arrivals(places, secret)).toEqual({ home: 2 });
});
