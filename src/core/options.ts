/** Every option: what it takes, where it may stand, how it merges. Values are read once, from own properties, into records without a prototype. */
import { InvalidRequestError, UnsupportedError } from '../errors.ts';
import type { CallContext, HeadersOption, RequestOptions, ResolvedOptions, RetryOptions, SessionOptions, TimeoutOptions } from '../types.ts';
import { brandOf } from './body.ts';
import { isToken } from './headers.ts';
import { nearest } from './nearest.ts';

/** Options as they were given, checked: own keys only, `undefined` left out. */
export type Given = RequestOptions & SessionOptions;

type Check = (value: unknown, name: string) => unknown;

function fail(name: string, wanted: string): never {
  throw new InvalidRequestError(`${name} must be ${wanted}`);
}

const any: Check = (value) => value;
const isType = (type: string, wanted: string): Check => (value, name) => (typeof value === type ? value : fail(name, wanted));
const fn = isType('function', 'a function');
const bool = isType('boolean', 'true or false');
const count = (value: unknown, name: string): number => (typeof value === 'number' && value >= 0 && (Number.isInteger(value) || value === Infinity) ? value : fail(name, 'a whole number, 0 or more'));
const ms = (value: unknown, name: string): number => (typeof value === 'number' && value >= 0 ? value : fail(name, 'a time in ms, 0 or more'));
const object: Check = (value, name) => (typeof value === 'object' && value !== null ? value : fail(name, 'an object'));
const record: Check = (value, name) => (Array.isArray(value) ? fail(name, 'an object') : object(value, name));
const strings: Check = (value, name) => (Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : fail(name, 'an array of strings'));

/** Own enumerable properties, `undefined` left out, each name known and each value checked. */
function readRecord<T extends object>(given: object, checks: Record<string, Check>, prefix = '', elsewhere: Record<string, Check> = {}): T {
  const read = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    const value = (given as Record<string, unknown>)[name];
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) {
      const meant = nearest(name, Object.keys({ ...checks, ...elsewhere }));
      const hint = meant === undefined ? '' : Object.hasOwn(checks, meant) ? `: did you mean ${prefix}${meant}?` : checks === callChecks ? `: ${meant} is one of the session` : `: ${meant} is one of a call`;
      throw new InvalidRequestError(`${prefix}${name} is not an option${elsewhere === callChecks ? ' of a session' : elsewhere === sessionChecks ? ' of a call' : ''}${hint}`);
    }
    if (value !== undefined) read[name] = check(value, prefix + name);
  }
  return read as T;
}

const phase: Check = (value, name) => (value === false ? value : ms(value, name) > 0 ? value : fail(name, 'a time in ms above 0, or false'));
const timeoutChecks: Record<string, Check> = { connect: phase, response: phase, body: phase, total: phase };

/** The `timeout` option as a record: a number n means `{connect: min(n, 10 s), response: n, body: n}`, `false` turns all off. */
export function readTimeout(value: unknown): TimeoutOptions {
  if (value === false) return { connect: false, response: false, body: false, total: false };
  if (typeof value === 'number') {
    phase(value, 'timeout');
    return { connect: Math.min(value, 10_000), response: value, body: value };
  }
  return readRecord(record(value, 'timeout') as object, timeoutChecks, 'timeout.');
}

const retryChecks: Record<string, Check> = {
  limit: count,
  methods: (value, name) => (strings(value, name) as string[]).map((method) => method.toUpperCase()),
  statusCodes: (value, name) => (Array.isArray(value) && value.every(Number.isInteger) ? [...value] : fail(name, 'an array of statuses')),
  afterStatusCodes: (value, name) => retryChecks['statusCodes']!(value, name),
  maxRetryAfter: ms,
  delay: fn,
  backoffLimit: ms,
  jitter: (value, name) => (typeof value === 'function' ? value : bool(value, name)),
  retryOnTimeout: bool,
  shouldRetry: fn,
};

/** The `retry` option as a record: a number is its `limit`, `false` is a limit of 0. */
export function readRetry(value: unknown): RetryOptions {
  if (typeof value === 'number' || value === false) return { limit: count(+value, 'retry') };
  return readRecord(record(value, 'retry') as object, retryChecks, 'retry.');
}

const hook: Check = (value, name) => (Array.isArray(value) && value.every((item) => typeof item === 'function') ? [...value] : fail(name, 'an array of functions'));
const hookChecks: Record<string, Check> = { beforeRequest: hook, afterResponse: hook, beforeError: hook, beforeRetry: hook };

const transport: Check = (value, name) => (typeof (value as { send?: unknown } | null)?.send === 'function' ? value : fail(name, 'a transport: an object with a send() method'));
const headers: Check = (value, name) => (typeof value === 'object' && value !== null ? value as HeadersOption : fail(name, 'Headers, pairs or a record'));

// `null` removes, so it is let through where the option has something to remove.
const orNull = (check: Check): Check => (value, name) => (value === null ? null : check(value, name));

/** Members of RequestInit, and what runtimes and frameworks add to it. They pass through to a fetch transport. */
const initChecks: Record<string, Check> = Object.fromEntries([
  'mode', 'cache', 'integrity', 'keepalive', 'priority', 'referrer', 'referrerPolicy', 'duplex', 'window', 'dispatcher', 'next', 'cf', 'client', 'unix', 'verbose', 'decompress',
  'targetAddressSpace', 'attributionReporting', 'privateToken',
].map((name) => [name, any]));

const sharedChecks: Record<string, Check> = {
  ...initChecks,
  headers: orNull(headers),
  searchParams: orNull((value, name) => (typeof value === 'string' ? value : object(value, name))),
  auth: orNull(fn),
  timeout: orNull(readTimeout),
  retry: orNull(readRetry),
  maxRedirects: orNull(count),
  throwHttpErrors: orNull((value, name) => (typeof value === 'function' ? value : bool(value, name))),
  parseJson: orNull(fn),
  stringifyJson: orNull(fn),
  onUploadProgress: orNull(fn),
  onDownloadProgress: orNull(fn),
  maxResponseSize: orNull(count),
  keepHeaders: orNull((value, name) => (strings(value, name) as string[]).map((header) => header.toLowerCase())),
  context: orNull(record),
  transport: orNull(transport),
  redirect: orNull((value, name) => (['follow', 'manual', 'error'].includes(value as string) ? value : fail(name, "'follow', 'manual' or 'error'"))),
  credentials: orNull((value, name) => (['omit', 'same-origin', 'include'].includes(value as string) ? value : fail(name, "'omit', 'same-origin' or 'include'"))),
  proxy: any,
  tls: any,
};

const callChecks: Record<string, Check> = {
  ...sharedChecks,
  method: (value, name) => (typeof value === 'string' && isToken(value) ? normalizeMethod(value) : fail(name, 'an HTTP method')),
  json: any,
  form: orNull((value, name) => object(value, name)),
  body: any,
  cookies: orNull(record),
  signal: orNull((value, name) => (typeof (value as AbortSignal).addEventListener === 'function' ? value : fail(name, 'an AbortSignal'))),
};

const sessionChecks: Record<string, Check> = {
  ...sharedChecks,
  searchParams: orNull((value, name) => (typeof value === 'string' ? fail(name, 'a record, pairs or URLSearchParams') : object(value, name))),
  baseUrl: orNull((value, name) => (typeof value === 'string' || value instanceof URL ? value : fail(name, 'a URL'))),
  origins: orNull(strings),
  cookies: (value, name) => (value === false || (typeof value === 'object' && value !== null) || ['share', 'copy', 'new'].includes(value as string) ? value : fail(name, 'a jar or false')),
  hooks: orNull((value, name) => readRecord(record(value, name) as object, hookChecks, 'hooks.')),
  trustEnv: bool,
};

/** Upper case for the methods of RFC 9110, PATCH and QUERY in any letter case; others are kept, as methods are case-sensitive. */
export function normalizeMethod(method: string): string {
  const upper = method.toUpperCase();
  return /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|QUERY)$/.test(upper) ? upper : method;
}

const requestMembers = ['method', 'headers', 'body', 'signal', 'credentials', 'cache', 'redirect', 'referrer', 'referrerPolicy', 'integrity', 'keepalive', 'mode'];

/** The members of a `Request`, which live on its prototype. What a `Request` has by default counts as unset. */
export function readRequest(request: Request): RequestInit & { duplex?: string } {
  const read = Object.create(null) as Record<string, unknown>;
  for (const name of requestMembers) {
    const value = request[name as keyof Request];
    if (value !== undefined && value !== null && value !== '' && !unset.has(`${name}:${value as string}`)) read[name] = value;
  }
  return read as RequestInit;
}
/** What a `Request` says that was not told otherwise. */
export const unset = new Set(['credentials:same-origin', 'redirect:follow', 'mode:cors', 'cache:default', 'referrer:about:client', 'keepalive:false']);

/** Checks the options of a call or of a session. Throws {@link InvalidRequestError} naming the nearest known name, {@link UnsupportedError} for what the platform cannot do. */
export function readOptions(given: object | undefined, level: 'call' | 'session', refuse: (name: string, value: unknown) => string | undefined): Given {
  if (given !== undefined && (typeof given !== 'object' || given === null)) throw new InvalidRequestError('options must be an object');
  const read = readRecord<Given>(given && brandOf(given) === 'Request' ? readRequest(given as Request) : given ?? {}, ...(level === 'call' ? [callChecks, '', sessionChecks] as const : [sessionChecks, '', callChecks] as const));
  for (const name in read) {
    const reason = refuse(name, (read as Record<string, unknown>)[name]);
    if (reason) throw new UnsupportedError(reason);
  }
  return read;
}

/** Options whose names `fetch` knows; it ignores all others. */
export function readInit(init: RequestInit | undefined): RequestInit {
  const read = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(init ?? {})) {
    if (Object.hasOwn(initChecks, name) || requestMembers.includes(name)) read[name] = (init as Record<string, unknown>)[name];
  }
  return read;
}

const frozen = <T extends object>(...parts: (object | undefined)[]): Readonly<T> => Object.freeze(Object.assign(Object.create(null), ...parts) as T);

/** What holds when nobody says otherwise. */
export const defaults: ResolvedOptions = frozen<ResolvedOptions>({
  timeout: frozen<TimeoutOptions>({ connect: 10_000, response: 120_000, body: 30_000, total: false }),
  retry: frozen<RetryOptions>({
    limit: 2,
    methods: ['GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'],
    statusCodes: [408, 413, 429, 500, 502, 503, 504],
    afterStatusCodes: [413, 429, 503],
    maxRetryAfter: 60_000,
    delay: undefined,
    backoffLimit: 30_000,
    jitter: undefined,
    retryOnTimeout: false,
    shouldRetry: undefined,
  }),
  maxRedirects: 20,
  throwHttpErrors: undefined,
  parseJson: undefined,
  stringifyJson: undefined,
  onUploadProgress: undefined,
  onDownloadProgress: undefined,
  maxResponseSize: undefined,
  keepHeaders: [],
  redirect: 'follow',
  credentials: undefined,
  integrity: undefined,
  transport: undefined,
  init: frozen<RequestInit>({}),
});

/** Per key for `timeout`, `retry` and the platform's members; everything else replaces; `null` goes back to what holds by default. */
export function mergeOptions(base: ResolvedOptions, given: Given): ResolvedOptions {
  let merged: Record<string, unknown> | undefined;
  let init: Record<string, unknown> | undefined;
  for (const name in given) {
    const value = (given as Record<string, unknown>)[name];
    const fallback = (defaults as unknown as Record<string, unknown>)[name];
    if (Object.hasOwn(initChecks, name)) {
      (init ??= Object.assign(Object.create(null) as Record<string, unknown>, base.init))[name] = value;
      if (name !== 'integrity') continue;
    }
    if (!(name in defaults)) continue;
    merged ??= Object.assign(Object.create(null) as Record<string, unknown>, base);
    merged[name] = value === null ? fallback : name === 'retry' ? frozen(base.retry, value as object) : name === 'timeout' ? mergeTimeout(base.timeout, value as TimeoutOptions) : value;
  }
  if (init) (merged ??= Object.assign(Object.create(null) as Record<string, unknown>, base))['init'] = Object.freeze(init);
  return merged ? Object.freeze(merged) as unknown as ResolvedOptions : base;
}

// A stream of events is silent by nature: its body timeout holds only if somebody chose it.
const chosenBody = new WeakSet<object>();

function mergeTimeout(base: TimeoutOptions, given: TimeoutOptions): TimeoutOptions {
  const merged = frozen<TimeoutOptions>(base, given);
  if (given.body !== undefined || chosenBody.has(base)) chosenBody.add(merged);
  return merged;
}

/** The body timeout in ms for a response of this content-type, 0 when there is none. */
export function bodyTimeout(timeout: TimeoutOptions, contentType: string | null | undefined): number {
  return (!contentType?.startsWith('text/event-stream') || chosenBody.has(timeout)) && timeout.body || 0;
}

/** Per key; `null` starts anew. */
export function mergeContext(base: CallContext | undefined, given: CallContext | null | undefined): CallContext | undefined {
  if (given === undefined) return base;
  return given === null ? undefined : Object.assign(Object.create(null) as CallContext, base, given);
}
