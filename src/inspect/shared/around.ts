import { internals } from '../../internals.ts';
import type { Session } from '../../index.browser.ts';
import { isKept } from '../../middleware/internal-middleware.ts';
import type { Middleware, Ring } from '../../types/middleware.ts';

/**
 * Puts a middleware that only looks on around the calls, attempts or hops of a session; those hops
 * that a host makes by itself are one. Gives what ends that.
 */
export function around(session: Session, ring: Ring, watch: Middleware): () => void {
  let isOn = true;
  // Children of the session have it, too.
  const passing: Middleware = (request, next) => (isOn ? watch(request, next) : next(request));
  const middleware = Object.assign(passing, { [isKept]: true } as const);
  session.use(middleware, { around: ring });
  const list = session[internals].rings[ring];
  return () => {
    isOn = false;
    const at = list.indexOf(middleware);
    if (at >= 0) list.splice(at, 1);
  };
}
