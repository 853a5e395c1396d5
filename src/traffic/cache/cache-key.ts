/** The keys of a cache: whose request it is stands in them, and nothing can be read out of them. */
import type { Outgoing } from '../../model.ts';
import { isHarmless } from '../../request/harmless.ts';
import { getHeader, type HeaderList } from '../../request/headers.ts';
import { hexOf } from '../../request/text/byte-text.ts';
import type { StoredIndex } from './cache-store.ts';

/** Tell of a request, and never of who asks (W3C Trace Context). */
const ofTrace: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

/** So many keys are remembered. */
const maxKnown = 1000;

/** Keys by the text that they are a hash of: most requests come again. */
export class CacheKeys {
  readonly #known = new Map<string, string>();

  /** Of what is known of a URL. */
  ofUrl(url: string): string | Promise<string> {
    return this.#hash(url);
  }

  /** Of a response to a request. */
  ofResponse(request: Outgoing, { generation, vary }: StoredIndex): string | Promise<string> {
    const { url, headers } = request;
    const varied = vary.map((name) => JSON.stringify([name, getHeader(headers, name)]));
    const whose = credentialsOf(headers);
    return this.#hash([generation, url.href, termsOf(request), ...varied, whose].join('\n'));
  }

  #hash(text: string): string | Promise<string> {
    return this.#known.get(text) ?? this.#digest(text);
  }

  async #digest(text: string): Promise<string> {
    const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    const key = hexOf(new Uint8Array(bytes));
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(text, key);
    return key;
  }
}

/** Requests of one user have one list, mostly. */
const known = new WeakMap<HeaderList, string>();

/**
 * Whose request it is: every header that goes out and is not known to be harmless, the cookies and
 * credentials among them.
 */
function credentialsOf(headers: HeaderList): string {
  let text = known.get(headers);
  if (text === undefined) {
    const pairs: string[] = [];
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i];
      if (!isHarmless(name) && !ofTrace.has(name)) pairs.push(`${name}: ${headers[i + 1]}`);
    }
    known.set(headers, (text = pairs.sort().join('\n')));
  }
  return text;
}

/**
 * Whether a request went out as whose it is by its key: what stands below may have led it to
 * another URL, or have added credentials.
 */
export function wasSentAs(request: Outgoing, sent: Pick<Outgoing, 'url' | 'headers'>): boolean {
  return (
    sent.url.href === request.url.href &&
    credentialsOf(sent.headers) === credentialsOf(request.headers)
  );
}

/**
 * The client certificate, and what changes the answer besides: bytes in their codings, a server
 * that nobody has checked, and a redirect whose body is wanted.
 */
function termsOf(request: Outgoing): string {
  const { init, redirect } = request.options;
  const { decompress, tls } = init;
  const { certificateId = '' } = request.call.state?.platform.tlsFor?.(request) ?? {};
  const terms = [decompress === false, tls?.verify === false, redirect === 'manual'];
  return `${certificateId} ${terms.join(' ')}`;
}
