/** Options out of what `fetch` takes. */
import type { RequestOptions } from '../types/options.ts';
import { requestInitNames, runtimeInitNames } from './fetch-names.ts';
import { nullPrototype } from './null-prototype.ts';

const fetchNames: readonly string[] = [...requestInitNames, ...runtimeInitNames];

/** Options whose names `fetch` knows; it ignores all others, and a `body` that is null. */
export function readInit(init: object): RequestOptions {
  const options = nullPrototype<Record<string, unknown>>();
  for (const [name, value] of Object.entries(init)) {
    if (name === 'body' && value === null) continue;
    if (fetchNames.includes(name)) options[name] = value;
  }
  return options;
}

/**
 * The members of a `Request`, which live on its prototype. What a `Request` has by default counts
 * as unset.
 */
export function readRequest(request: Request): RequestOptions {
  const plain = new Request('http://a');
  const options = nullPrototype<Record<string, unknown>>();
  for (const name of requestInitNames)
    if (request[name] !== plain[name]) options[name] = request[name];
  // No script may ask in this mode: `new Request(request, init)` changes it so, too.
  if (request.mode === 'navigate') options['mode'] = 'same-origin';
  if (!('body' in request)) options['body'] = bodyWithoutStream(request);
  return options;
}

/**
 * In Firefox a `Request` has no `body`, and tells neither whether it has one. It gives it whole,
 * once.
 */
function bodyWithoutStream(request: Request): unknown {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  // A used one is no body, and is refused as such, unless the call has another.
  if (request.bodyUsed) return request;
  let buffered: Promise<ArrayBuffer> | undefined;
  return () => (buffered ??= request.arrayBuffer());
}
