/** A `fetch` that was given: of an app in this process, of a library. */
import { isDevelopment } from '../development.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import { hasBrand } from '../request/host/brand.ts';
import { isStream } from '../request/streams.ts';
import type { Fetch, FetchTransportOptions } from './fetch.ts';

/**
 * Apps take a request, every `fetch` does, and a simple stand-in for one may want a URL. Headers in
 * a record survive `{ ...init.headers }`, as frameworks have it, and the `Headers` of a polyfill.
 */
export function byRequest(fetch: NonNullable<FetchTransportOptions['fetch']>): Fetch {
  return async (url, given) => {
    const plain = await toPlainBody(url, given);
    const init = nullPrototype<RequestInit>(plain, {
      headers: Object.fromEntries(new Headers(plain.headers)),
    });
    return fetch(Object.assign(new Request(url, init), { toString: () => url }), init);
  };
}

/**
 * A library's own `fetch` knows neither this realm's forms nor, some, its streams, and sends the
 * name of their class: a form is encoded here, in memory, and a stream refuses to become text.
 * React Native's form, which only its host can read, stays as it is.
 */
async function toPlainBody(url: string, init: RequestInit): Promise<RequestInit> {
  const { body } = init;
  if (body && isStream(Object(body))) {
    Object.assign(body, { toString: refuseText });
  } else if (hasBrand(body, 'FormData') && Symbol.iterator in body) {
    const encoded = new Request(url, init);
    const headers = new Headers(init.headers);
    headers.set('content-type', encoded.headers.get('content-type') ?? '');
    return nullPrototype<RequestInit>(init, {
      headers,
      body: new Uint8Array(await encoded.arrayBuffer()),
    });
  }
  return init;
}

function refuseText(): never {
  throw new UnsupportedError(
    isDevelopment ? 'This fetch takes no stream: give text, bytes, Blob or form' : 'stream as body',
  );
}
