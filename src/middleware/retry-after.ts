import { oneValue } from '../response/text/parameters.ts';

/** The headers that say when to come back; the first one that is present counts. */
const names = [
  'retry-after',
  'ratelimit-reset',
  'x-ratelimit-retry-after',
  'x-ratelimit-reset',
  'x-rate-limit-reset',
];

/** From 2024 on, in ms: a smaller number is no moment of our time, but a wait. */
const earliestMoment = Date.UTC(2024, 0);

/**
 * How long the server asks to wait, in ms from `now`: 0 when that moment has passed, `undefined`
 * when it does not say or says it wrongly. `Retry-After` is whole seconds or an HTTP-date (RFC 9110
 * §10.2.3); the others may also be seconds since 1970.
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const name = names.find((known) => headers.has(known));
  if (name === undefined) return undefined;
  const value = oneValue(headers.get(name) ?? '');
  if (/^\d+$/.test(value)) {
    const ms = Number(value) * 1000;
    const isMoment = name !== 'retry-after' && ms >= earliestMoment;
    return isMoment ? Math.max(0, ms - now) : ms;
  }
  const date = parseHttpDate(value);
  return isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The three forms of RFC 9110 §5.6.7, in ms since 1970. `Date.parse` would read `1.5` as one. */
function parseHttpDate(text: string): number {
  if (!/^[a-z]+,? .*:\d\d (GMT|\d{4})$/i.test(text)) return NaN;
  // The third, asctime's, does not say that it is GMT.
  return Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`);
}
