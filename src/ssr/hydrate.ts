import { InvalidRequestError } from '../errors.ts';
import type { Session } from '../browser.ts';
import { inside, type SessionState } from '../core/state.ts';
import type { Middleware } from '../types.ts';
import { acceptOf, keyOf, type PageResponse, version } from './page-data.ts';

/** How long a first paint may take, in ms: later, what the server has read is old. */
const firstPaint = 30_000;

/** What a session still has of its page, and until when by `performance.now()`. */
interface Page {
  responses: readonly PageResponse[];
  until: number;
}
const pages = new WeakMap<SessionState, Page>();

/**
 * Gives a browser's session what {@link dehydrate} has put into the page: the first GET of a URL with the same `accept` is answered by it, once, and causes
 * no request. URLs below the `baseUrl` are the same if they are relative to it; give the browser's session one, `'/'` for the page's own origin. Everything
 * else goes to the network; so does everything after 30 s, and after a call that may have changed something (POST, PUT …). Newer data of a URL takes the place
 * of what is there.
 *
 * ```ts
 * import { Session } from 'isosession';
 * import { hydrate } from 'isosession/ssr';
 *
 * const session = new Session({ baseUrl: 'https://api.example.com/' });
 * hydrate(session, document.getElementById('session')?.textContent ?? '');
 * ```
 *
 * @param data the text, or what `JSON.parse` makes of it. That of another version of the library is left alone.
 * @throws {InvalidRequestError} for what `dehydrate` has not made; {@link SessionClosedError} when the session is closed.
 */
export function hydrate(session: Session, data: string | object): void {
  const responses = readPage(data);
  const state = session[inside];
  const until = performance.now() + firstPaint;
  const page = pages.get(state);
  if (page) {
    // A page that is hydrated twice has its data once.
    const others = page.responses.filter(([key, accept]) => !responses.some((response) => response[0] === key && response[1] === accept));
    Object.assign(page, { responses: [...others, ...responses], until });
  } else {
    const made = { responses, until };
    session.use(replayResponses(state, made));
    pages.set(state, made);
  }
}

function replayResponses(state: SessionState, page: Page): Middleware {
  return async (request, next) => {
    const { method } = request;
    if (!/^(?:GET|HEAD|OPTIONS|TRACE|QUERY)$/.test(method) || performance.now() > page.until) page.responses = [];
    if (method !== 'GET' || !page.responses.length) return next(request);
    const key = keyOf(state, request);
    const accept = acceptOf(request.headers);
    const found = page.responses.find((response) => response[0] === key && response[1] === accept);
    if (!found) return next(request);
    page.responses = page.responses.filter((response) => response !== found);
    return toResponse(found);
  };
}

function toResponse([, , status, headers, body]: PageResponse): Response {
  // As bytes, for a text would have a content type. A status such as 204 can have no body, not even an empty one.
  return new Response(body ? new TextEncoder().encode(body) : null, { status, headers });
}

/** Own properties only, and each part of the right kind: a page may hold anything by the time that its script runs. */
function readPage(data: string | object): PageResponse[] {
  let cause: unknown;
  try {
    const page: unknown = typeof data === 'string' ? JSON.parse(data) : data;
    const own = (name: string): unknown => (Object.hasOwn(page as object, name) ? (page as Record<string, unknown>)[name] : undefined);
    const responses = own('responses');
    if (typeof own('version') === 'number' && own('version') !== version) return [];
    if (own('version') === version && Array.isArray(responses) && responses.every(isPageResponse)) {
      // What cannot be one, be it for a header's name, throws here and not in a call.
      responses.forEach(toResponse);
      return responses;
    }
  } catch (error) {
    cause = error;
  }
  throw new InvalidRequestError('hydrate() takes what dehydrate() has made, as text or parsed', { cause });
}

function isPageResponse(value: unknown): value is PageResponse {
  if (!Array.isArray(value)) return false;
  const [key, accept, status, headers, body] = value as unknown[];
  return [key, accept, body].every((text) => typeof text === 'string') && Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 299
    && Array.isArray(headers) && headers.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'));
}
