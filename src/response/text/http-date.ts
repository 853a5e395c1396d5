/**
 * A date of HTTP, in ms since 1970; `NaN`: it is none. The three forms of RFC 9110, section 5.6.7:
 * `Date.parse` alone would read `1.5` as one.
 */
export function parseHttpDate(text: string): number {
  if (!/^[a-z]+,? .*:\d\d (GMT|\d{4})$/i.test(text)) return NaN;
  // The third, asctime's, does not say that it is GMT.
  return Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`);
}
