/**
 * Every option: what it takes, where it may stand, how it merges. Values are read once, from own
 * properties, into records without a prototype.
 */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { RequestOptions } from '../types/options.ts';
import type { ResolvedOptions } from '../types/resolved-options.ts';
import type { TimeoutOptions } from '../types/timeout.ts';
import type { Transport } from '../types/transport.ts';
import { nearest } from './suggest.ts';
import type { GivenOptions, Platform } from '../model.ts';
import { readMethod } from '../request/method.ts';

/** What an option may be: gives the value in its normal form, or throws. */
export type Kind = (value: unknown, name: string) => unknown;
export type Kinds = Readonly<Record<string, Kind>>;

/**
 * The own properties of all as one record, later ones first. It has no prototype, so that a
 * polluted one cannot add to it.
 */
export function nullPrototype<T extends object>(...parts: (object | null | undefined)[]): T {
  return Object.assign(Object.create(null) as T, ...parts) as T;
}

/** `test` gives `true` for a value that is good as it is, or the normal form of a good one. */
export function kind<T>(wanted: string, test: (value: T) => unknown): Kind {
  return (value, name) => {
    const read = test(value as T);
    if (!read) throw new InvalidRequestError(`${name} must be ${wanted}`);
    return read === true ? value : read;
  };
}

export const typed = (...types: string[]): Kind =>
  kind(`of type ${types.join(' or ')}`, (value) => types.includes(typeof value));
const oneOf = (...words: string[]): Kind =>
  kind(words.join(' or '), (value: string) => words.includes(value));
const list = <T>(type: string, normal = (item: T): T => item): Kind =>
  kind(
    `an array of ${type}s`,
    (value: T[]) =>
      Array.isArray(value) &&
      value.every((item) => typeof item === type) &&
      Object.freeze(value.map((item) => normal(item))),
  );
const isAmount = (value: number): boolean => typeof value === 'number' && value >= 0;

const unchecked: Kind = (value) => value;
const decision = typed('boolean', 'function');
const object = typed('object');
const record = kind(
  'an object',
  (value) => typeof value === 'object' && value && !Array.isArray(value),
);
const statuses = list('number');
const hook = list('function');
const phase = kind(
  'a time in ms above 0, or false',
  (value: number | false) => value === false || (value !== 0 && isAmount(value)),
);

// These check what is no option of ours too.
export const flag = typed('boolean');
export const ms = kind('a time in ms, 0 or more', isAmount);
export const func = typed('function');
// Infinity % 1 is NaN.
export const count = kind(
  'a whole number, 0 or more',
  (value: number) => isAmount(value) && !(value % 1),
);
export const strings = list<string>('string');
export const isTransport = kind(
  'an object with a send() method',
  (value?: Transport) => typeof value?.send === 'function',
);

const phases: Kinds = { connect: phase, response: phase, body: phase, total: phase };

const retryKinds: Kinds = {
  limit: count,
  methods: list<string>('string', (name) => name.toUpperCase()),
  statusCodes: statuses,
  afterStatusCodes: statuses,
  maxRetryAfter: ms,
  delay: func,
  backoffLimit: ms,
  jitter: decision,
  retryOnTimeout: flag,
  shouldRetry: func,
};

const hookKinds: Kinds = {
  beforeRequest: hook,
  afterResponse: hook,
  beforeError: hook,
  beforeRetry: hook,
};

/**
 * What `fetch` knows: first what is read from a `Request` too, and of that first what is an option
 * of ours as well; last what runtimes and frameworks have added.
 */
const fetchNames = (
  'method headers body signal redirect credentials mode cache integrity keepalive referrer referrerPolicy ' +
  'priority duplex window dispatcher next cf client unix verbose decompress targetAddressSpace attributionReporting privateToken proxy tls'
).split(' ');
const requestNames = fetchNames.slice(0, 12);
/** They pass through to a fetch transport. */
const initNames = fetchNames.slice(6);

/** What is merged for each call from its own options and the session's. */
const mergedKinds: Kinds = {
  timeout: readTimeout,
  // A number is its limit, false is a limit of 0.
  retry: (value) =>
    readRecord(
      'retry',
      retryKinds,
      typeof value === 'number' || value === false ? { limit: +value } : value,
    ),
  maxRedirects: count,
  throwHttpErrors: decision,
  parseJson: func,
  stringifyJson: func,
  onUploadProgress: func,
  onDownloadProgress: func,
  maxResponseSize: count,
  keepHeaders: list<string>('string', (name) => name.toLowerCase()),
  redirect: oneOf('follow', 'manual', 'error'),
  credentials: oneOf('omit', 'same-origin', 'include'),
  integrity: unchecked,
  transport: isTransport,
};

const sharedKinds: Kinds = {
  ...Object.fromEntries(initNames.map((name) => [name, unchecked])),
  ...mergedKinds,
  headers: object,
  searchParams: object,
  auth: func,
  context: record,
};

/** The two places where options stand. */
const levels: Record<'call' | 'session', Kinds> = {
  call: {
    ...sharedKinds,
    searchParams: typed('string', 'object'),
    method: readMethod,
    json: unchecked,
    form: object,
    body: unchecked,
    cookies: record,
    signal: kind(
      'an AbortSignal',
      ({ addEventListener }: AbortSignal) => typeof addEventListener === 'function',
    ),
  },
  session: {
    ...sharedKinds,
    baseUrl: unchecked,
    origins: strings,
    // The platform knows its jars.
    cookies: unchecked,
    hooks: (value) => readRecord('hooks', hookKinds, value),
    trustEnv: flag,
  },
};

/** Own enumerable properties of `given`, each name known and each value checked. */
export function readRecord(
  what: string,
  kinds: Kinds,
  given: unknown,
): Record<PropertyKey, unknown> {
  record(given, `${what} options`);
  const part = Object.hasOwn(levels, what) ? '' : `${what}.`;
  const read = nullPrototype<Record<PropertyKey, unknown>>();
  for (const name of Object.keys(given as object)) {
    if (!Object.hasOwn(kinds, name)) {
      const meant = nearest(
        name,
        Object.keys(part ? kinds : { ...levels.call, ...levels.session }),
      );
      throw new InvalidRequestError(
        `${name} is not a ${what} option${meant && meant !== name ? `: did you mean ${meant}?` : ''}`,
      );
    }
    const value = (given as Record<string, unknown>)[name];
    // What a call or session has is removed by null; a part of it is not.
    if (value !== undefined)
      read[name] = value === null && !part ? value : (kinds[name] as Kind)(value, part + name);
  }
  return read;
}

/** Present in a timeout whose `body` somebody chose. */
export const bodyTimeoutIsExplicit = Symbol();

/**
 * The `timeout` option as a record: a number n means `{connect: min(n, 10 s), response: n, body:
 * n}`, `false` turns all off.
 */
export function readTimeout(value: unknown): TimeoutOptions {
  const read = readRecord(
    'timeout',
    phases,
    typeof value === 'number'
      ? { connect: Math.min(value, 10_000), response: value, body: value }
      : value === false
        ? { connect: value, response: value, body: value, total: value }
        : value,
  );
  if ('body' in read) read[bodyTimeoutIsExplicit] = true;
  return read;
}

/**
 * The body timeout in ms for a response of this content-type, 0 when there is none. A stream of
 * events is silent by nature: its timeout must have been chosen.
 */
export function bodyTimeout(
  timeout: TimeoutOptions,
  contentType: string | null | undefined,
): number {
  return (
    ((!contentType?.startsWith('text/event-stream') || bodyTimeoutIsExplicit in timeout) &&
      timeout.body) ||
    0
  );
}

/**
 * Checks the options of a call or of a session. Throws {@link InvalidRequestError} naming the
 * nearest known name, {@link UnsupportedError} for what the platform cannot do.
 */
export function readOptions(
  given: unknown,
  level: keyof typeof levels,
  platform: Platform,
): GivenOptions {
  const read = readRecord(level, levels[level], given);
  for (const name in read) read[name] = platform.read(name, read[name]);
  return read;
}

/** Options whose names `fetch` knows; it ignores all others, and a `body` that is null. */
export function readInit(init: object): RequestOptions {
  return nullPrototype(
    Object.fromEntries(
      Object.entries(init).filter(
        ([name, value]) => fetchNames.includes(name) && (value !== null || name !== 'body'),
      ),
    ),
  );
}

/**
 * The members of a `Request`, which live on its prototype. What a `Request` has by default counts
 * as unset.
 */
export function readRequest(request: Request): RequestInit {
  const plain = new Request('http://a');
  const set = (requestNames as (keyof Request)[]).filter((name) => request[name] !== plain[name]);
  return nullPrototype(
    Object.fromEntries(set.map((name) => [name, request[name]])),
    'body' in request ? null : bodyWithoutStream(request),
  );
}

/**
 * In Firefox a `Request` has no `body`, and tells neither whether it has one. It gives it whole,
 * once.
 */
function bodyWithoutStream(request: Request): { body: unknown } | null {
  if (/^(?:GET|HEAD)$/.test(request.method)) return null;
  let whole: Promise<ArrayBuffer> | undefined;
  // A used one is no body, and is refused as such, unless the call has another.
  return { body: request.bodyUsed ? request : () => (whole ??= request.arrayBuffer()) };
}

const frozen = <T extends object>(...parts: object[]): Readonly<T> =>
  Object.freeze(nullPrototype<T>(...parts));

/** What holds when nobody says otherwise. */
export const defaults = frozen<ResolvedOptions>({
  timeout: frozen({ connect: 10_000, response: 120_000, body: 30_000, total: false }),
  // Read as an option is, so that its lists are frozen, too: every session has them.
  retry: frozen(
    readRecord('retry', retryKinds, {
      limit: 2,
      methods: ['GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'],
      statusCodes: [408, 413, 429, 500, 502, 503, 504],
      afterStatusCodes: [413, 429, 503],
      maxRetryAfter: 60_000,
      backoffLimit: 30_000,
      retryOnTimeout: false,
    }),
  ),
  maxRedirects: 20,
  keepHeaders: Object.freeze([]),
  redirect: 'follow',
  init: frozen({}),
});

/**
 * Per key for `timeout`, `retry` and the platform's members; everything else replaces; `null` goes
 * back to what holds by default.
 */
export function mergeOptions(base: ResolvedOptions, given: GivenOptions): ResolvedOptions {
  let changes: Record<string, unknown> | undefined;
  for (const name in given) {
    const value = given[name as keyof GivenOptions];
    if (initNames.includes(name))
      (changes ??= nullPrototype())['init'] = frozen(changes['init'] ?? base.init, {
        [name]: value ?? undefined,
      });
    if (!Object.hasOwn(mergedKinds, name)) continue;
    (changes ??= nullPrototype())[name] =
      value === null
        ? defaults[name as keyof ResolvedOptions]
        : name === 'timeout' || name === 'retry'
          ? frozen(base[name], value as object)
          : value;
  }
  return changes ? frozen(base, changes) : base;
}
