import type { Outgoing } from '../../model.ts';
import { frozen } from '../../options/null-prototype.ts';
import { type CacheMode, cacheModeHeaders } from '../../request/cache-modes.ts';
import { getHeader, setHeader } from '../../request/headers.ts';

/**
 * What goes on below a cache: the mode is a header by now, unless the caller has set that, and
 * `cache` is `undefined` and not absent, as conditions may be the cache's own.
 */
export function withoutMode(request: Outgoing, mode: CacheMode): Outgoing {
  const headers = [...request.headers];
  for (const [name, value] of Object.entries(cacheModeHeaders[mode] ?? {}))
    setHeader(headers, name, getHeader(headers, name) ?? value);
  const init = frozen<RequestInit>(request.options.init, { cache: undefined });
  return { ...request, headers, options: frozen(request.options, { init }) };
}
