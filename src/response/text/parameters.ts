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
