/** What inspection and serialisation show: never a credential. */

import { hide } from '../errors/session-error.ts';

const secretNames = /authorization$|cookie$|[cx]srf/;

/** A URL, or text that was meant to be one or that holds some, without userinfo. */
export function redactUrl(text: string): string {
  return text.replace(/([/\\]{2})[^/?#\\]*@/g, '$1[redacted]@');
}

/** Headers as a record for printing. */
export function redactHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Array.from(headers, ([name, value]) => [
      name,
      secretNames.test(name) ? '[redacted]' : redactUrl(value),
    ]),
  );
}

/** Makes `JSON.stringify` show what `view` gives, and `console.log` the same under `name`. */
export function printAs<T extends object>(
  prototype: T,
  name: string,
  view: (this: T) => object,
): void {
  hide(prototype, {
    toJSON: view,
    // Node's own `inspect` comes as an argument, so that nothing of Node is imported.
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
