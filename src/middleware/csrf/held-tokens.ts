import { ownCookies } from './own-cookies.ts';
import type { SessionCall } from '../../request/session-request.ts';

/** The token of one source, and the fetch of a newer one that is under way. */
interface Held {
  token: string | undefined;
  pending: Promise<string> | undefined;
}

/** Beyond so many of one owner, the one that was made first is forgotten. */
const maxHeld = 1000;

/**
 * Tokens by whose they are. The middleware of a session is its children's too, and each visitor of
 * a server has a child: a token belongs to the cookies that it goes with, and to the source that
 * it came from, and a call with cookies of its own has tokens of its own.
 */
export class HeldTokens {
  readonly #byOwner = new WeakMap<object, Map<string, Held>>();

  of(call: SessionCall, from: string): Held {
    const { state } = call;
    // Whoever brings cookies along has a login of their own, a child by its headers, too.
    const cookies = [ownCookies(call), state.headers.get('cookie')];
    const source = `${from} ${JSON.stringify(cookies)}`;
    // A page has one store of cookies, whatever sessions are in it.
    const owner = state.cookies ? (state.cookies.jar ?? this) : state;
    let bySource = this.#byOwner.get(owner);
    if (!bySource) this.#byOwner.set(owner, (bySource = new Map()));
    let held = bySource.get(source);
    if (!held) {
      bySource.set(source, (held = { token: undefined, pending: undefined }));
      const [first] = bySource.keys();
      if (bySource.size > maxHeld && first !== undefined) bySource.delete(first);
    }
    return held;
  }
}
