/** The names that say when to come back, the first present one counts. */
const names = [
  'retry-after',
  'ratelimit-reset',
  'x-ratelimit-retry-after',
  'x-ratelimit-reset',
  'x-rate-limit-reset',
];

/**
 * How long the server asks to wait, in ms from `now`: 0 when that moment has passed, `undefined`
 * when it does not say or says it wrongly. `Retry-After` is whole seconds or an HTTP-date (RFC 9110
 * §10.2.3); the others may also be seconds since 1970.
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const name = names.find((known) => headers.has(known));
  const value = (name && headers.get(name)) ?? '';
  const ms = +value * 1000;
  // Only a moment of our time, from 2024 on, is taken for one: smaller numbers are waits.
  if (/^\d+$/.test(value))
    return name !== names[0] && ms >= 1704067200000 ? Math.max(0, ms - now) : ms;
  // The three forms of RFC 9110 §5.6.7; the third, asctime's, does not say that it is GMT.
  // Date.parse alone would read `1.5` as a date.
  const date = /^[a-z]+,? .*:\d\d (GMT|\d{4})$/i.test(value)
    ? Date.parse(value.replace(/( GMT)?$/i, ' GMT'))
    : NaN;
  return isNaN(date) ? undefined : Math.max(0, date - now);
}
