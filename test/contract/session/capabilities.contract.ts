import {
  type Capabilities,
  fetchTransport,
  type Session,
  type SessionOptions,
  UnsupportedError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, open, type Site, sites } from '../../support/contract.ts';

type Observe = (session: Session, site: Site) => Promise<boolean>;

/** What a call gives, and `undefined` where it is refused. */
function unlessRefused<T>(result: Promise<T>): Promise<T | undefined> {
  return result.catch((error: unknown) => {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  });
}

/** A body that ends when the server has its beginning. */
async function* slowly(site: Site): AsyncGenerator<string> {
  yield 'first ';
  await site.requests({ requests: 1 });
  yield 'last';
}

/** Tries each of them. */
const observed: Record<keyof Capabilities, Observe> = {
  redirects: async (session, site) => {
    const { status, history } = await session.get(site.url('redirect', { to: 'echo' }));
    expect(status).toBe(200);
    return history.length === 1;
  },

  jar: async (session, site) => {
    const url = site.url('reply', { h: 'Set-Cookie: a=1; HttpOnly' });
    const response = await session.get(url);
    const kept = (await unlessRefused(session.cookies.getAll(url))) ?? [];
    expect(Object.keys(response.cookies)).toEqual(kept.map(({ name }) => name));
    return kept.length === 1;
  },

  proxy: async (session, site) => {
    // A server is a proxy to who asks it for a whole URL.
    const url = site.url('echo').replace(site.origin, 'http://nowhere.test');
    const response = await unlessRefused(session.get(url, { proxy: site.origin }));
    return response?.status === 200;
  },

  // What it does to a connection is tested where there is one.
  tls: async (session, site) => {
    const response = await unlessRefused(session.get(site.url('echo'), { tls: { verify: true } }));
    return response?.status === 200;
  },

  decompress: async (session, site) => {
    const url = site.url('encoded', { text: 'plain' });
    const bytes = await unlessRefused(session.get(url, { decompress: false }).bytes());
    return bytes?.[0] === 0x1f && bytes[1] === 0x8b;
  },

  uploadStreams: async (session, site) => {
    // Chromium sends it over HTTP/2 alone, but asks whoever gives it a stream how it is sent.
    if (inBrowser && takesDuplex()) return true;
    const call = session.post(site.url('mirror'), { body: slowly(site) });
    return (await unlessRefused(call.text())) === 'first last';
  },

  uploadProgress: async (session, site) => {
    let told = 0;
    const onUploadProgress = (): void => void told++;
    await session.post(site.url('echo'), { body: 'x'.repeat(1000), onUploadProgress });
    return told > 0;
  },

  timings: async (session, site) => {
    const response = await session.get(site.url('echo'));
    await response.text();
    const told = [response.timings, response.connection, await response.trailers];
    expect(new Set(told.map((part) => part !== undefined)).size).toBe(1);
    return response.timings !== undefined;
  },
};

/** Whether a `Request` has its body as a stream. */
function takesDuplex(): boolean {
  let asked = false;
  const init = {
    method: 'POST',
    body: new ReadableStream(),
    get duplex() {
      asked = true;
      return 'half';
    },
  };
  const { headers } = new Request('http://app.test/', init);
  return asked && !headers.has('content-type');
}

const transports: { name: string; options: () => SessionOptions }[] = [
  { name: "the platform's own transport", options: () => ({}) },
  { name: "the platform's fetch", options: () => ({ transport: fetchTransport() }) },
];

describe.each(transports)('session.capabilities over $name', ({ options }) => {
  test.each(Object.keys(observed) as (keyof Capabilities)[])('says of %s what is', async (name) => {
    const { a } = sites();
    const session = open({ retry: 0, ...options() });
    expect(session.capabilities[name]).toBe(await observed[name](session, a));
  });
});

describe('session.capabilities', () => {
  const app = fetchTransport({ fetch: () => new Response() });

  test('has a member for all that is tried here, frozen', () => {
    const { capabilities } = open();
    expect(Object.keys(capabilities).toSorted()).toEqual(Object.keys(observed).toSorted());
    expect(Object.isFrozen(capabilities)).toBe(true);
  });

  test('follows the transport of the session, and not a mount', () => {
    const session = open({ transport: app });
    expect(session.capabilities).toMatchObject({ redirects: true, jar: !inBrowser, proxy: false });
    const managed = fetchTransport({ managed: true });
    session.mount('https://mounted.test', managed);
    expect(session.capabilities.redirects).toBe(true);
    expect(session.extend({ transport: managed }).capabilities).toMatchObject({
      redirects: false,
      jar: false,
    });
  });

  test('says of a transport of the user what that declares', () => {
    const { send } = app;
    const nothing = open({ transport: { send } }).capabilities;
    expect(nothing).toMatchObject({ redirects: true, uploadStreams: false, timings: false });
    const capabilities = { uploadStreams: true };
    expect(open({ transport: { send, capabilities } }).capabilities).toEqual({
      ...nothing,
      uploadStreams: true,
    });
  });
});
