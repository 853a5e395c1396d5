/** Members of a fetch init that say something to a server, or nothing without a cache. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import type { Outgoing } from '../../model.ts';
import { frozen } from '../../options/null-prototype.ts';
import { cacheModeHeaders, cacheModeOf } from '../../request/cache-modes.ts';
import { getHeader, type HeaderList, setHeader } from '../../request/headers.ts';
import { sentOf } from '../../request/sent-request.ts';
import type { UrlParts } from '../../request/url.ts';

/**
 * The headers of a request with those that its init asks for (Fetch, HTTP-network-or-cache fetch):
 * of its `cache` mode, and its referrer.
 *
 * @throws {UnsupportedError} for what is a framework's, and for a mode that wants a cache, which
 * `session.fetch` alone takes without one; {@link NetworkError} for what can only come out of it.
 */
export function headersByInit(request: Outgoing): HeaderList {
  const { init } = request.options;
  refuseFrameworkOptions(init);
  const mode = cacheModeOf(request);
  if (!request.call.asFetch && mode !== 'default' && mode !== 'no-store')
    throw new UnsupportedError(`cache: '${mode}' wants a cache: use cache()`);
  if (mode === 'only-if-cached')
    throw new NetworkError("cache is 'only-if-cached', and there is none: use cache()", {
      request: sentOf(request),
    });
  const added: Record<string, string | undefined> = { ...cacheModeHeaders[mode] };
  if (init.referrer) added['referer'] = refererOf(init.referrer, init.referrerPolicy, request.url);
  let { headers } = request;
  for (const [name, value] of Object.entries(added)) {
    if (value === undefined || getHeader(headers, name) !== undefined) continue;
    if (headers === request.headers) headers = [...headers];
    setHeader(headers, name, value);
  }
  return headers;
}

/** What changes the meaning of a call, and what undici does not know. */
function refuseFrameworkOptions(
  init: RequestInit & { readonly next?: unknown; readonly cf?: unknown },
): void {
  for (const [name, value] of Object.entries({ next: init.next, cf: init.cf })) {
    if (value === undefined) continue;
    throw new UnsupportedError(
      `${name} is for a framework's fetch, which undici is not: use fetchTransport()`,
    );
  }
}

/** What may be told of where a request comes from. */
interface Referrer {
  /** The URL, or the origin where that is too long. */
  readonly whole: string;
  readonly origin: string;
  /** `whole`, where the request stays on its origin. */
  readonly toSame: string | undefined;
  /** `origin`, where it does not lead from https to http. */
  readonly strict: string | undefined;
}

/** Referrer Policy, section 8.3. */
const byPolicy = {
  'no-referrer': () => undefined,
  'unsafe-url': ({ whole }) => whole,
  origin: ({ origin }) => origin,
  'strict-origin': ({ strict }) => strict,
  'same-origin': ({ toSame }) => toSame,
  'origin-when-cross-origin': ({ toSame, origin }) => toSame ?? origin,
  'strict-origin-when-cross-origin': ({ toSame, strict }) => toSame ?? strict,
  'no-referrer-when-downgrade': ({ strict, whole }) => strict && whole,
} satisfies Record<Exclude<ReferrerPolicy, ''>, (given: Referrer) => string | undefined>;

/**
 * The hop behind a redirect, whose own policy takes from the referrer what it does not let this hop
 * be told. It adds nothing (as Fetch has it): who redirects would be told more than the caller
 * allows.
 */
export function narrowReferrer(redirect: Response, hop: Outgoing): Outgoing {
  const { options, url } = hop;
  const { init } = options;
  if (!init.referrer) return hop;
  // Referrer Policy, section 8.1: the last one that is known.
  const policy = redirect.headers
    .get('referrer-policy')
    ?.toLowerCase()
    .split(/[\s,]+/)
    .findLast((name) => Object.hasOwn(byPolicy, name)) as ReferrerPolicy | undefined;
  if (!policy) return hop;
  const referrer = refererOf(init.referrer, policy, url) ?? '';
  return { ...hop, options: frozen(options, { init: frozen(init, { referrer }) }) };
}

function refererOf(
  referrer: string,
  policy: ReferrerPolicy | undefined,
  target: UrlParts,
): string | undefined {
  if (!URL.canParse(referrer)) throw new InvalidRequestError('referrer must be a URL');
  const url = new URL(referrer);
  // The client's own, where there is no page.
  if (!/^https?:$/.test(url.protocol)) return undefined;
  url.username = url.password = url.hash = '';
  const origin = `${url.origin}/`;
  const whole = url.href.length > 4096 ? origin : url.href;
  const toSame = url.origin === target.origin ? whole : undefined;
  const isDowngrade = url.protocol === 'https:' && target.protocol === 'http:';
  const strict = isDowngrade ? undefined : origin;
  return byPolicy[policy || 'strict-origin-when-cross-origin']({ whole, origin, toSame, strict });
}
