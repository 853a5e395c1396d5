/**
 * Whatever answers as a `Response` does: that of another library or realm, one with a `Proxy`
 * around it, one of a host without streams.
 */
import { isAsyncIterable, isStream, toStream } from '../request/streams.ts';
import type { HostBody } from './body/body-source.ts';
import { hostBody, OwnResponse } from './host-objects.ts';

/** A `Response` of this host with the head of another, and where its bytes come from. */
interface Received {
  readonly host: Response;
  readonly body: HostBody | null;
}

/** The same where it is one of this host, else one with its head and body. */
export function toHostResponse(response: Response): Received {
  const { body, headers: theirs } = response;
  if (body !== undefined && body === hostBody(response) && theirs.get === Headers.prototype.get)
    return { host: response, body };
  const { status, statusText } = response;
  const head = { status, statusText, headers: readableHeaders(theirs) };
  // Nothing to read is `null`; a host without streams has `undefined`, node-fetch 2 bytes, too.
  if (body !== null && !isStream(Object(body)) && !isAsyncIterable(body))
    return { host: bare(head), body: wholeBody(response) };
  // Fetch, "null body status".
  const stream = body && ![204, 205, 304].includes(status) ? toStream(body) : null;
  const host = new OwnResponse(stream, head);
  const own = hostBody(host);
  return own === undefined ? { host: bare(head), body: stream } : { host, body: own };
}

/** node-fetch and its kin give the lines of a header so. */
type ForeignHeaders = Headers & { raw?(): Record<string, string[]> };

/** The `Set-Cookie` lines of whatever headers: those of a polyfill may not know them. */
export const setCookieLines = (headers: ForeignHeaders): string[] | undefined =>
  headers.getSetCookie?.() ?? headers.raw?.()['set-cookie'];

/** A framework may forbid to read some: they count as absent. */
function readableHeaders(theirs: ForeignHeaders): Headers {
  const headers = new Headers();
  const cookies = setCookieLines(theirs);
  for (const line of cookies ?? []) headers.append('set-cookie', line);
  for (const [name] of theirs) {
    if (cookies && name === 'set-cookie') continue;
    try {
      headers.append(name, theirs.get(name) ?? '');
    } catch {
      continue;
    }
  }
  return headers;
}

/** A polyfill has these as fields, which would hide what ours say. */
function bare(head: ResponseInit): Response {
  const host = new OwnResponse(null, head);
  for (const field of ['url', 'bodyUsed']) Reflect.deleteProperty(host, field);
  return host;
}

/** A body that is had only whole, as one chunk to each reader. */
function wholeBody(response: Response): HostBody {
  let whole: Promise<ArrayBuffer> | undefined;
  return {
    locked: false,
    cancel: async () => {},
    getReader() {
      let isRead = false;
      let end: () => void;
      const ended = new Promise<void>((resolve) => (end = resolve));
      return {
        // The host goes on, but nobody waits for it.
        cancel: async () => end(),
        async read() {
          const all = await Promise.race([(whole ??= response.arrayBuffer()), ended]);
          if (isRead || !all?.byteLength) return { done: true, value: undefined };
          isRead = true;
          return { done: false, value: new Uint8Array(all.slice()) };
        },
      };
    },
  };
}
