import type { Transport } from 'isosession';
import { saveTo } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import {
  callCarriers,
  carry,
  paramsCarrier,
  sessionCarriers,
} from '../../contract/credentials/carried.ts';
import { arrivals, canary, network, type Place } from '../../support/canaries.ts';
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

type Name = 'home' | 'friend' | 'evil';
type Places = Record<Name, Place>;

const redirect = (place: Place, to: string): string => place.url('redirect', { to });

/**
 * Where the file is, which is asked for twice, each time from the first URL on; where a secret
 * arrives, and how often. `params`: the session's `searchParams`, which no redirect has.
 */
const paths: {
  leads: string;
  from: (places: Places) => string;
  arrives: Partial<Record<Name, number>>;
  params?: Partial<Record<Name, number>>;
}[] = [
  { leads: 'at home', from: ({ home }) => home.url('file'), arrives: { home: 2 } },
  {
    leads: 'home, redirected to evil',
    from: ({ home, evil }) => redirect(home, evil.url('file')),
    arrives: { home: 2 },
  },
  {
    leads: 'home, redirected to evil and back home',
    from: ({ home, evil }) => redirect(home, redirect(evil, home.url('file'))),
    arrives: { home: 2 },
  },
  {
    leads: 'home, redirected to friend',
    from: ({ home, friend }) => redirect(home, friend.url('file')),
    arrives: { home: 2, friend: 2 },
    params: { home: 2 },
  },
];

const rows = paths.flatMap((path) =>
  [...callCarriers, ...sessionCarriers, paramsCarrier].map((carrier) => ({
    ...path,
    carrier,
    carries: carrier.name,
  })),
);

describe('R15: what is asked for once more is judged anew along its redirects', () => {
  test.each(rows)('$leads: $carries', async ({ from, carrier, ...row }) => {
    const { places, transport } = network('home', 'friend', 'evil');
    const files: Transport = {
      async send(request) {
        const response = await transport.send(request);
        return request.url.pathname === '/file' ? answerTo(request.headers.get('range')) : response;
      },
    };
    const secret = canary();
    const { path } = temporaryFile();
    const { session, call, at } = carry(carrier, secret, {
      transport: files,
      baseUrl: places.home.origin,
      origins: [places.friend.origin],
      retry: { delay: () => 0 },
    });
    const response = await session.get(at(from(places)), call);
    await saveTo(response, path, { resume: true });
    expectFile(path, file);
    const expected = carrier === paramsCarrier ? (row.params ?? row.arrives) : row.arrives;
    expect(await arrivals(places, secret)).toEqual(expected);
  });
});
