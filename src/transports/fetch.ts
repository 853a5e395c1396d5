/** The transport over a WHATWG `fetch`. */
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import type { Transport } from '../types/transport.ts';
import { isAsyncIterable, toStream } from '../request/streams.ts';

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /**
   * Default: the global `fetch`, looked up at each call, so that a later patch (MSW, a framework)
   * is seen. It gets a `Request`, as an app does, which reads as its URL where it is made a string,
   * and the same as an init.
   */
  fetch?: ((input: Request, init: RequestInit) => Promise<Response> | Response) | undefined;
  /**
   * True: it follows redirects and keeps cookies as a browser does. Default: true in browsers for
   * their own fetch, else false.
   */
  managed?: boolean | undefined;
}

/**
 * Sends by `fetch`, which is managed as the options say, else as the platform's own is. `call`:
 * what sends in the end.
 */
export function overFetch(
  { fetch: given, managed }: FetchTransportOptions,
  platformManages: boolean,
  call = given && byRequest(given),
): Transport {
  const transport: Transport = {
    managed: managed ?? (platformManages && !given),
    async send({ method, url, headers, body, signal, init }) {
      const fetch = call ?? globalThis.fetch;
      if (!fetch)
        throw new UnsupportedError(
          'No fetch here: use crossFetchTransport() of isosession/cross-fetch',
        );
      const isStream = isAsyncIterable(body);
      // Firefox and WebKit: one would refuse it without a word of ours, the other send the text
      // "[object ReadableStream]".
      if (isStream && platformManages && !('duplex' in Request.prototype))
        throw new UnsupportedError(
          'This browser cannot send a stream: give text, bytes, Blob or form',
        );
      if (transport.managed) {
        // A browser leaves out what the Fetch standard forbids ("forbidden request-header"), and
        // does not say so.
        const allowed = new Request(url, { headers });
        for (const [name] of headers)
          if (!allowed.headers.has(name))
            throw new UnsupportedError(`A browser lets no script set the header "${name}"`);
      }
      // Without a prototype: fetch reads its init through the prototype chain.
      const sent = { method, headers, signal, body };
      return fetch(
        url.href,
        nullPrototype<RequestInit>(
          init,
          sent,
          isStream ? { body: toStream(body), duplex: 'half' } : null,
        ),
      );
    },
  };
  return transport;
}

/**
 * Apps take a request, every `fetch` takes one, too, and a simple stand-in for one may want a URL.
 */
function byRequest(
  fetch: NonNullable<FetchTransportOptions['fetch']>,
): (url: string, init: RequestInit) => Promise<Response> | Response {
  return (url, init) => fetch(Object.assign(new Request(url, init), { toString: () => url }), init);
}
