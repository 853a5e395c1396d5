/** Options out of what `fetch` takes. */
import type { RequestOptions } from '../types/options.ts';
import { requestInitNames, runtimeInitNames } from './fetch-names.ts';
import { nullPrototype } from './null-prototype.ts';

const fetchNames: readonly string[] = [...requestInitNames, ...runtimeInitNames];

/** Options whose names `fetch` knows; it ignores all others, and a `body` that is null. */
export function readInit(init: object): RequestOptions {
  const known = Object.entries(init).filter(([name]) => fetchNames.includes(name));
  const options = nullPrototype<RequestOptions>(Object.fromEntries(known));
  if (options.body === null) delete options.body;
  return options;
}

/**
 * The members of a `Request`, which live on its prototype. What a `Request` has by default counts
 * as unset.
 */
export function readRequest(request: Request): RequestOptions {
  const plain = new Request('http://a');
  const set = requestInitNames.filter((name) => request[name] !== plain[name]);
  return nullPrototype(
    Object.fromEntries(set.map((name) => [name, request[name]])),
    'body' in request ? undefined : bodyWithoutStream(request),
  );
}

/**
 * In Firefox a `Request` has no `body`, and tells neither whether it has one. It gives it whole,
 * once.
 */
function bodyWithoutStream(request: Request): { body?: unknown } {
  if (request.method === 'GET' || request.method === 'HEAD') return {};
  // A used one is no body, and is refused as such, unless the call has another.
  if (request.bodyUsed) return { body: request };
  let whole: Promise<ArrayBuffer> | undefined;
  return { body: () => (whole ??= request.arrayBuffer()) };
}
