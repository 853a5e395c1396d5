import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Session } from '../../index.browser.ts';
import type { Middleware } from '../../types/middleware.ts';
import { acceptOf, keyOf, type PageResponse, version } from './page-data.ts';
import { internals } from '../../internals.ts';
import type { SessionState } from '../../model.ts';

/** How long a first paint may take, in ms: later, what the server has read is old. */
const firstPaint = 30_000;

/** What answers one GET. */
interface Replay {
  readonly key: string;
  readonly accept: string;
  readonly response: Response;
}

/** What a session still has of its page, and until when by `performance.now()`. */
interface Page {
  replays: readonly Replay[];
  until: number;
}
const pages = new WeakMap<SessionState, Page>();

/**
 * Gives a browser's session what {@link dehydrate} has put into the page: the first GET of a URL
 * with the same `accept` is answered by it, once, and causes no request. URLs below the `baseUrl`
 * are the same if they are relative to it; give the browser's session one, `'/'` for the page's own
 * origin. Everything else goes to the network; so does everything after 30 s, and after a call that
 * may have changed something (POST, PUT …). Newer data of a URL takes the place of what is there.
 *
 * ```ts
 * import { Session } from 'isosession';
 * import { hydrate } from 'isosession/ssr';
 *
 * const session = new Session({ baseUrl: 'https://api.example.com/' });
 * hydrate(session, document.getElementById('session')?.textContent ?? '');
 * ```
 *
 * @param data the text, or what `JSON.parse` makes of it. That of another version of the library is
 * left alone.
 * @throws {InvalidRequestError} for what `dehydrate` has not made; {@link SessionClosedError} when
 * the session is closed.
 */
export function hydrate(session: Session, data: string | object): void {
  const replays = readPage(data);
  const state = session[internals];
  const until = performance.now() + firstPaint;
  const page = pages.get(state);
  if (page) {
    // A page that is hydrated twice has its data once.
    const others = page.replays.filter(
      ({ key, accept }) =>
        !replays.some((replay) => replay.key === key && replay.accept === accept),
    );
    Object.assign(page, { replays: [...others, ...replays], until });
  } else {
    const made = { replays, until };
    session.use(replayResponses(state, made));
    pages.set(state, made);
  }
}

function replayResponses(state: SessionState, page: Page): Middleware {
  return async (request, next) => {
    const { method } = request;
    if (!/^(?:GET|HEAD|OPTIONS|TRACE|QUERY)$/.test(method) || performance.now() > page.until)
      page.replays = [];
    if (method !== 'GET' || !page.replays.length) return next(request);
    const key = keyOf(state, request);
    const accept = acceptOf(request.headers);
    const found = page.replays.find((replay) => replay.key === key && replay.accept === accept);
    if (!found) return next(request);
    page.replays = page.replays.filter((replay) => replay !== found);
    return found.response;
  };
}

/** Throws for what no Response can be, be it for a header's name. */
function toReplay([key, accept, status, headers, body]: PageResponse): Replay {
  // As bytes, for a text would have a content type. A status such as 204 can have no body, not even
  // an empty one.
  return {
    key,
    accept,
    response: new Response(body ? new TextEncoder().encode(body) : null, { status, headers }),
  };
}

/**
 * Own properties only, and each part of the right kind: a page may hold anything by the time that
 * its script runs.
 */
function readPage(data: string | object): Replay[] {
  let cause: unknown;
  try {
    const page: unknown = typeof data === 'string' ? JSON.parse(data) : data;
    const own = (name: string): unknown =>
      Object.hasOwn(page as object, name) ? (page as Record<string, unknown>)[name] : undefined;
    const responses = own('responses');
    if (typeof own('version') === 'number' && own('version') !== version) return [];
    if (own('version') === version && Array.isArray(responses) && responses.every(isPageResponse))
      return responses.map(toReplay);
  } catch (error) {
    cause = error;
  }
  throw new InvalidRequestError('hydrate() takes what dehydrate() has made, as text or parsed', {
    cause,
  });
}

function isPageResponse(value: unknown): value is PageResponse {
  if (!Array.isArray(value)) return false;
  const [key, accept, status, headers, body] = value as unknown[];
  return (
    [key, accept, body].every((text) => typeof text === 'string') &&
    Number.isInteger(status) &&
    (status as number) >= 200 &&
    (status as number) <= 299 &&
    Array.isArray(headers) &&
    headers.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'),
    )
  );
}
