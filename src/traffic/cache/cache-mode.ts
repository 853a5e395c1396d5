/** The `cache` option of a request, by the steps of Fetch ("HTTP-network-or-cache fetch"). */
import type { Outgoing } from '../../model.ts';
import { frozen } from '../../options/null-prototype.ts';
import { type CacheMode, cacheModeHeaders, readCacheMode } from '../../request/cache-modes.ts';
import { getHeader, type HeaderList, setHeader } from '../../request/headers.ts';

/** Who asks by conditions of its own wants to see the 304, and whoever asks for a part, that. */
const ownConditions = [
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'if-match',
  'if-range',
];

/** The mode of a request, and the request without it: no transport below has a cache. */
export function takeMode(request: Outgoing): { mode: CacheMode; plain: Outgoing } {
  const isConditional = ownConditions.some((name) => request.headers.includes(name));
  const byDefault = isConditional ? 'no-store' : 'default';
  if (!('cache' in request.options.init)) return { mode: byDefault, plain: request };
  const { cache, ...init } = request.options.init;
  const mode = readCacheMode(cache);
  const plain = {
    ...request,
    options: frozen<Outgoing['options']>(request.options, { init: frozen(init) }),
  };
  return { mode: mode === 'default' ? byDefault : mode, plain };
}

/** With what tells the caches on the way of the mode, unless the caller has told them something. */
export function withModeHeaders(request: Outgoing, mode: CacheMode): Outgoing {
  const headers = cacheModeHeaders[mode];
  return headers ? withDefaults(request, headers) : request;
}

function withDefaults(request: Outgoing, defaults: Record<string, string>): Outgoing {
  const headers: HeaderList = [...request.headers];
  for (const [name, value] of Object.entries(defaults))
    setHeader(headers, name, getHeader(headers, name) ?? value);
  return { ...request, headers };
}
