/** What servers say of when to come back: a chunk that most pages never load. */

/** The fields of a response, and what reads their parameters: what a page has anyway. */
export interface ServerHints {
  /** The value of a field, once where a server has sent it twice; `null`: there is none. */
  readonly get: (name: string) => string | null;
  readonly readParameters: (text: string) => Record<string, string>;
}

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
export function retryAfter(hints: ServerHints, now: number): number | undefined {
  const ms = readNumber(hints.get('retry-after-ms'));
  if (ms !== undefined) return ms;
  const text = hints.get('retry-after');
  if (text === null) {
    const { remaining = 0, reset } = readQuota(hints, now) ?? {};
    return remaining === 0 ? reset : undefined;
  }
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return until(parseHttpDate(text), now);
}

/** The quota that is used up first; `undefined` also where it is not said what remains. */
export function quotaOf(hints: ServerHints, now: number): Quota | undefined {
  const { remaining, reset } = readQuota(hints, now) ?? {};
  return remaining === undefined || reset === undefined ? undefined : { remaining, reset };
}

/**
 * Of `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), which may name several policies, or of
 * the older headers, which need not say what remains.
 */
function readQuota(
  hints: ServerHints,
  now: number,
): (Pick<Quota, 'reset'> & { remaining?: number | undefined }) | undefined {
  const [tightest] = readPolicies(hints).sort(
    (a, b) => a.remaining - b.remaining || b.reset - a.reset,
  );
  if (tightest) return tightest;
  const name = resetNames.find((known) => hints.get(known) !== null);
  if (name === undefined) return undefined;
  const remaining = readNumber(hints.get(name.replace(/(reset|retry).*/, 'remaining')));
  const reset = readReset(hints.get(name) ?? '', now);
  return reset === undefined ? undefined : { remaining, reset };
}

/**
 * A policy that does not say when it has more does so after the window of `RateLimit-Policy`. What
 * is left of another unit than requests tells nothing of these, but for nothing.
 */
function readPolicies(hints: ServerHints): Quota[] {
  const policies = new Map(membersOf(hints, 'ratelimit-policy'));
  return membersOf(hints, 'ratelimit').flatMap(([name, { r, t }]) => {
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
function membersOf(
  { get, readParameters }: ServerHints,
  field: string,
): [name: string, parameters: Record<string, string>][] {
  return [...(get(field) ?? '').matchAll(member)].map(([, name = '', parameters = '']) => [
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
  return text && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/**
 * A date of HTTP, in ms since 1970; `NaN`: it is none. The three forms of RFC 9110, section 5.6.7:
 * `Date.parse` alone would read `1.5` as one.
 */
export function parseHttpDate(text: string): number {
  if (!/^[a-z]+,? .*:\d\d (GMT|\d{4})$/i.test(text)) return NaN;
  // The third, asctime's, does not say that it is GMT.
  return Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`);
}
