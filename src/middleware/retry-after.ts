/** What servers say of when to come back. */
import { parseHttpDate } from '../response/text/http-date.ts';
import { oneValue, readParameters } from '../response/text/parameters.ts';

/** What a server still takes, and when it takes more. */
export interface Quota {
  /** Requests. */
  readonly remaining: number;
  /** ms until there are more. */
  readonly reset: number;
}

/** The older headers, without a standard; the first one that is present counts. */
const resetNames = [
  'ratelimit-reset',
  'x-ratelimit-retry-after',
  'x-ratelimit-reset-after',
  'x-ratelimit-reset',
  'x-rate-limit-reset',
];

/** From 2024 on, in ms: a smaller number is no moment of our time, but a wait. */
const earliestMoment = Date.UTC(2024, 0);

/**
 * How long the server asks to wait, in ms from `now`; `undefined` when it does not say, says it
 * wrongly, or names a moment that has passed. `retry-after-ms` goes before `Retry-After`, which is
 * whole seconds or an HTTP-date (RFC 9110 §10.2.3), and both before a quota that is used up.
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const ms = readNumber(headers.get('retry-after-ms'));
  if (ms !== undefined) return ms;
  const value = headers.get('retry-after');
  if (value === null) {
    const { remaining = 0, reset } = readQuota(headers, now) ?? {};
    return remaining === 0 ? reset : undefined;
  }
  const text = oneValue(value);
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return until(parseHttpDate(text), now);
}

/** The quota that is used up first; `undefined` also where it is not said what remains. */
export function quotaOf(headers: Headers, now: number): Quota | undefined {
  const { remaining, reset } = readQuota(headers, now) ?? {};
  return remaining === undefined || reset === undefined ? undefined : { remaining, reset };
}

/**
 * Of `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), which may name several policies, or of
 * the older headers, which need not say what remains.
 */
function readQuota(
  headers: Headers,
  now: number,
): (Pick<Quota, 'reset'> & { remaining?: number | undefined }) | undefined {
  const [tightest] = readPolicies(headers).sort(
    (a, b) => a.remaining - b.remaining || b.reset - a.reset,
  );
  if (tightest) return tightest;
  const name = resetNames.find((known) => headers.has(known));
  if (name === undefined) return undefined;
  const remaining = readNumber(headers.get(name.replace(/(reset|retry).*/, 'remaining')));
  const reset = readReset(oneValue(headers.get(name) ?? ''), now);
  return reset === undefined ? undefined : { remaining, reset };
}

/**
 * A policy that does not say when it has more does so after the window of `RateLimit-Policy`. What
 * is left of another unit than requests tells nothing of these, but for nothing.
 */
function readPolicies(headers: Headers): Quota[] {
  const policies = new Map(membersOf(headers.get('ratelimit-policy')));
  return membersOf(headers.get('ratelimit')).flatMap(([name, { r, t }]) => {
    const { w, qu = 'requests' } = policies.get(name) ?? {};
    const remaining = readNumber(r);
    const seconds = readNumber(t ?? w);
    if (remaining === undefined || seconds === undefined) return [];
    return qu === 'requests' || remaining === 0 ? { remaining, reset: seconds * 1000 } : [];
  });
}

// It runs linearly: an open string is passed over once.
const member = /((?:[^",;]|"[^"]*")+)((?:[^",]|"[^"]*")*)/g;

/** The members of a list, each with its parameters (RFC 9651, section 3.1). */
function membersOf(field: string | null): [name: string, parameters: Record<string, string>][] {
  return [...(field ?? '').matchAll(member)].map(([, name = '', parameters = '']) => [
    name.trim(),
    readParameters(parameters),
  ]);
}

/** A wait in seconds, or a moment: in seconds or ms since 1970, by RFC 3339, or as an HTTP-date. */
function readReset(text: string, now: number): number | undefined {
  const number = readNumber(text);
  if (number === undefined) {
    const isTimestamp = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/i.test(text);
    return until(isTimestamp ? Date.parse(text) : parseHttpDate(text), now);
  }
  if (number >= earliestMoment) return until(number, now);
  const ms = number * 1000;
  return ms >= earliestMoment ? until(ms, now) : ms;
}

function until(moment: number, now: number): number | undefined {
  return moment >= now ? moment - now : undefined;
}

/** A decimal number, or `undefined`. */
function readNumber(text: string | null | undefined): number | undefined {
  const value = oneValue(text ?? '');
  return /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}
