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
