/** What inspection and serialisation show: never a credential. */

import { isDevelopment } from '../development.ts';
import { hide } from '../errors/session-error.ts';
import { isHarmless } from './harmless.ts';

/** Headers that say nothing secret. A page's production build prints only the first ones. */
const printed = isDevelopment
  ? new RegExp(
      '^(?:(?:content|access-control|(?:x-)?ratelimit|x-request)-|' +
        '(?:age|allow|connection|date|etag|expires|host|keep-alive|last-modified|origin|' +
        'retry-after|server|transfer-encoding|vary)$)',
    )
  : /^content-/;

/** In a query value's name, in lower case and with its words apart: anywhere, and as a word. */
const secretParts = /token|secret|authoriz|passw|signature|credential|session/;
const secretWords =
  /(?:^|[^a-z])(?:(?:api|access)?key|o?auth|code|jwt|otp|pass|pin|pwd|sid|sig)s?(?![a-z])/;

/**
 * A URL, or text that was meant to be one or that holds some, without userinfo and without what a
 * credential's name has in the query or the fragment.
 *
 * @param own the session's parameters, which read so as well
 */
export function redactUrl(text: string, own?: URLSearchParams): string {
  return text
    .replace(/([/\\]{2})[^/?#\\]*@/g, '$1[redacted]@')
    .replace(/([?&#]([^?&#=\s]+)=)[^&#\s]+/g, (pair, start: string, given: string) => {
      const [name = ''] = new URLSearchParams(given).keys();
      return isSecretName(name) || own?.has(name) ? `${start}[redacted]` : pair;
    });
}

/** Whether what has this name in a query, a form or JSON is taken for a credential. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/[A-Z]+/g, '_$&').toLowerCase();
  return secretParts.test(words) || secretWords.test(words);
}

/** How deep causes are looked at: a host's error has one, and one of a caller may be its own. */
const maxCauses = 4;

/**
 * A host's error without secrets, in place, and so what has caused it: Deno tells the URL in the
 * message, Bun as `path`.
 */
export function redactError<E>(error: E, own: URLSearchParams | undefined): E {
  let cause: unknown = error;
  for (let depth = 0; cause instanceof Error && depth <= maxCauses; depth++) {
    for (const name of Object.getOwnPropertyNames(cause)) {
      const text: unknown = Reflect.get(cause, name);
      if (typeof text === 'string') Reflect.set(cause, name, redactUrl(text, own));
    }
    ({ cause } = cause);
  }
  return error;
}

/**
 * A URL, or what was meant to be one, that is refused: without a query, whose names are somebody
 * else's (`myapp://callback?code=`), and without all that stands before an `@`, be it userinfo or
 * not.
 */
export function redactRefused(text: string): string {
  const at = text.lastIndexOf('@');
  const [start = ''] = text.split(/[?#]/, 1);
  // A password may have a question mark in it, a query an `@`.
  if (at > start.length) return '[redacted]';
  return at < 0 ? start : `[redacted]${start.slice(at)}`;
}

/** Headers as a record for printing. */
export function redactHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Array.from(headers, ([name, value]) => [name, redactField(name, value)]),
  );
}

/** The value of a header of this name, in lower case. */
export function redactField(name: string, value: string): string {
  return isHarmless(name) || printed.test(name) ? redactUrl(value) : '[redacted]';
}

/** Makes `JSON.stringify` show what `view` gives, and `console.log` the same under `name`. */
export function printAs<T extends object>(
  prototype: T,
  name: string,
  view: (this: T) => object,
): void {
  hide(prototype, {
    toJSON: view,
    // Node's own `inspect` comes as an argument, so that nothing of Node is imported. A page's
    // build has it, too: where Node loads that one, it prints the same objects.
    [Symbol.for('nodejs.util.inspect.custom')](
      this: T,
      depth: number,
      options: object,
      inspect: (value: object, options: object) => string,
    ) {
      return `${name} ${inspect(view.call(this), { ...options, depth })}`;
    },
  });
}
