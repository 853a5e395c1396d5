/** What inspection and serialisation show: never a credential. */

const secretNames = /^(?:proxy-)?authorization$|^(?:set-)?cookie$/;
const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

/** A URL, or text that was meant to be one, without its userinfo. */
export function redactUrl(text: string): string {
  return text.replace(/(\/\/)[^/?#\\]*@/, '$1[redacted]@');
}

/** Headers as a record for printing. */
export function redactHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(Array.from(headers, ([name, value]) => [name, secretNames.test(name) ? '[redacted]' : value]));
}

/** Makes `console.log` and `JSON.stringify` show what `view` gives. */
export function printAs<T extends object>(prototype: T, view: (this: T) => unknown): void {
  for (const key of [inspectSymbol, 'toJSON']) Object.defineProperty(prototype, key, { value: view, configurable: true, writable: true });
}
