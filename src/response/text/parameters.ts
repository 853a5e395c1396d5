// It runs linearly: nothing after a point where it could go wrong sends it back, and an open quoted
// string ends with the text.
const parameters = /;\s*([^\s=;"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s;,"]*)))?/g;

/**
 * The `;name=value` parameters of a header's value, names in lower case, quotes removed; the first
 * of a name wins (RFC 9110 §5.6.6).
 */
export function readParameters(text: string): Record<string, string> {
  const all: Record<string, string> = Object.create(null);
  for (const [, name = '', quoted, token = ''] of text.matchAll(parameters))
    all[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? token;
  return all;
}

/** The `charset` of a content-type. */
export function charsetOf(contentType: string | null): string | undefined {
  return readParameters(contentType ?? '').charset || undefined;
}

/**
 * The value of a header that has one: several equal lines of it, which `Headers` joins, are one
 * (RFC 9110 §5.3). Different ones stay joined, which no reader takes for a value.
 */
export function oneValue(joined: string): string;
export function oneValue(joined: string | null): string | null;
export function oneValue(joined: string | null): string | null {
  const text = joined ?? '';
  for (let end = text.indexOf(', '); end > 0; end = text.indexOf(', ', end + 1)) {
    const next = end + 2;
    const isWhole = (text.length + 2) % next === 0;
    if (isWhole && text.slice(next) === text.slice(0, -next)) return text.slice(0, end);
  }
  return joined;
}
