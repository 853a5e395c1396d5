/** The directives of a `Cache-Control` header (RFC 9111, section 5.2). */

export type Directives = ReadonlyMap<string, string>;

// Linear: an open quoted string ends with the header.
const directive = /([^\s,="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s,"]*)))?/g;

/** By name in lower case, the first of a name; `''` where one has no argument. */
export function readDirectives(header: string | null | undefined): Directives {
  const all = new Map<string, string>();
  for (const [, name = '', quoted, token = ''] of (header ?? '').matchAll(directive)) {
    const key = name.toLowerCase();
    if (!all.has(key)) all.set(key, quoted ?? token);
  }
  return all;
}

/**
 * The seconds of a directive, `undefined` without it. What is no number of seconds is 0, so that
 * nothing is fresh by mistake (section 4.2.1).
 */
export function secondsOf(directives: Directives, name: string): number | undefined {
  const value = directives.get(name);
  if (value === undefined) return undefined;
  return /^\d+$/.test(value) ? Number(value) : 0;
}
