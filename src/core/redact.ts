/** What inspection and serialisation show: never a credential. */

const secretNames = /^(?:proxy-)?authorization$|^(?:set-)?cookie$/;
const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

/** A URL, or text that was meant to be one or that holds some, without userinfo. */
export function redactUrl(text: string): string {
  return text.replace(/(\/\/)[^/?#\\]*@/g, '$1[redacted]@');
}

/** Headers as a record for printing. */
export function redactHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(Array.from(headers, ([name, value]) => [name, secretNames.test(name) ? '[redacted]' : redactUrl(value)]));
}

/** Makes `JSON.stringify` show what `view` gives, and `console.log` the same under `name`. */
export function printAs<T extends object>(prototype: T, name: string, view: (this: T) => object): void {
  const define = (key: PropertyKey, value: unknown): unknown => Object.defineProperty(prototype, key, { value, configurable: true, writable: true });
  // Node prints an object under the name of its constructor, if it is an instance of it.
  const { prototype: named } = Object.defineProperty(class {}, 'name', { value: name });
  define('toJSON', view);
  define(inspectSymbol, function inspect(this: T) { return Object.assign(Object.create(named) as object, view.call(this)); });
}
