import type { Session } from '../../index.browser.ts';
import { internals } from '../../internals.ts';
import type { SessionState } from '../../model.ts';
import { isSafe } from '../../request/method.ts';
import type { Middleware } from '../../types/middleware.ts';
import { type PageKey, pageKeyOf } from './page-format.ts';
import { readPage, type Replay } from './read-page.ts';

/** How long a first paint may take, in ms: later, what the server has read is old. */
const firstPaint = 30_000;

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
 * origin. Everything else goes to the network, as calls with `auth`, cookies or headers of their
 * own do, but for `accept`; so does everything after 30 s, and after a call that
 * may have changed something (POST, PUT …). Newer data of a URL takes the place of what is there.
 *
 * @example
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
  const known = pages.get(state);
  if (known) {
    // A page that is hydrated twice has its data once.
    const others = known.replays.filter((old) => !replays.some((replay) => isSame(replay, old)));
    known.replays = [...others, ...replays];
    known.until = until;
  } else {
    const page = { replays, until };
    session.use(replayResponses(state, page));
    pages.set(state, page);
  }
}

function isSame(one: PageKey, other: PageKey): boolean {
  return one.key === other.key && one.accept === other.accept;
}

function replayResponses(state: SessionState, page: Page): Middleware {
  return async (request, next) => {
    const { method } = request;
    if (!isSafe(method) || performance.now() > page.until) page.replays = [];
    if (method !== 'GET' || !page.replays.length) return next(request);
    const asked = pageKeyOf(state, request);
    const found = asked && page.replays.find((replay) => isSame(replay, asked));
    if (!found) return next(request);
    page.replays = page.replays.filter((replay) => replay !== found);
    return found.response;
  };
}
