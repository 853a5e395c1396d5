/** The `cache` option of a request, by the steps of Fetch ("HTTP-network-or-cache fetch"). */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isDevelopment } from '../../development.ts';
import type { Outgoing } from '../../model.ts';
import { getHeader, type HeaderList, setHeader } from '../../request/headers.ts';

const modes = [
  'default',
  'no-store',
  'reload',
  'no-cache',
  'force-cache',
  'only-if-cached',
] as const;

export type CacheMode = (typeof modes)[number];

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
  const { cache = 'default', ...init } = request.options.init;
  const mode = modes.find((known) => known === cache);
  if (!mode)
    throw new InvalidRequestError(isDevelopment ? `cache must be ${modes.join(' or ')}` : 'cache');
  const plain = { ...request, options: { ...request.options, init } };
  return { mode: mode === 'default' ? byDefault : mode, plain };
}

/** With what tells the caches on the way of the mode, unless the caller has told them something. */
export function withModeHeaders(request: Outgoing, mode: CacheMode): Outgoing {
  if (mode === 'no-cache') return withDefaults(request, { 'cache-control': 'max-age=0' });
  if (mode === 'no-store' || mode === 'reload')
    return withDefaults(request, { pragma: 'no-cache', 'cache-control': 'no-cache' });
  return request;
}

function withDefaults(request: Outgoing, defaults: Record<string, string>): Outgoing {
  const headers: HeaderList = [...request.headers];
  for (const [name, value] of Object.entries(defaults))
    setHeader(headers, name, getHeader(headers, name) ?? value);
  return { ...request, headers };
}
