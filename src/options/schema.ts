/**
 * Every option of a session and of a call, a row each. To add one is to add its row here, its type
 * and its docs in `src/types/options.ts`, and its row in `docs/reference/options.md`.
 */
import { isDevelopment } from '../development.ts';
import { isFieldValue } from '../request/headers.ts';
import { readMethod } from '../request/method.ts';
import type { RequestOptions, SessionOptions } from '../types/options.ts';
import { passThroughNames } from './fetch-names.ts';
import {
  anything,
  auth,
  count,
  developmentKind,
  flag,
  flagOrFunc,
  func,
  isTransport,
  type Kind,
  kind,
  list,
  object,
  oneOf,
  readRecord,
  record,
  strings,
  typed,
} from './kinds.ts';
import { frozenCopy } from './copies.ts';
import { nullPrototype } from './null-prototype.ts';
import { defaultRetry, readRetry } from './retry.ts';
import { defaultTimeout, readTimeout } from './timeout.ts';

/** A row of the schema. */
export interface OptionRule {
  /** What its values are, where it may stand in a session and in a call. */
  readonly both?: Kind;
  /** The same of a call, where it may stand there alone, or is something else there. */
  readonly call?: Kind;
  /** The same of a session. */
  readonly session?: Kind;
  /**
   * How a call's value meets the session's, and a child's its parent's, on the way to the {@link
   * ResolvedOptions}: it replaces it, or is combined with it key by key. Without a rule it is
   * no resolved option: whoever reads it puts the two together.
   */
  readonly merge?: 'replace' | 'keys';
  /** What holds when nobody says otherwise, and what `null` goes back to. Default: `undefined`. */
  readonly default?: unknown;
  /** Whether a fetch transport is given it, as a member of `init`. */
  readonly init?: true;
  /** Whether a platform has a say in what it may be: its `read()` has the last word. */
  readonly platform?: true;
}

const hook = list('function');
const hooks = { beforeRequest: hook, afterResponse: hook, beforeError: hook, beforeRetry: hook };

const idempotencyKey = kind<string | true>(
  isDevelopment && 'true or a text as headers have it',
  (value) => value === true || (typeof value === 'string' && value !== '' && isFieldValue(value)),
);
const alwaysKey = kind(isDevelopment && 'true', (value) => value === true);

const abortSignal = developmentKind(() =>
  kind<AbortSignal>(
    'an AbortSignal',
    ({ addEventListener }) => typeof addEventListener === 'function',
  ),
);

/** Records that a runtime or framework reads are kept from the hands of all others. */
const forwarded: OptionRule = { both: frozenCopy, init: true };
/** One may be a mere record of functions, which it is itself to. */
const forwardedDispatcher: OptionRule = { both: anything, init: true };

const own = {
  // Of a call.
  method: { call: readMethod },
  json: { call: anything },
  form: { call: object },
  body: { call: anything },
  signal: { call: abortSignal },

  // Of a session.
  baseUrl: { session: anything },
  origins: { session: strings },
  hooks: { session: (value) => readRecord('hooks', hooks, value) },
  trustEnv: { session: flag },
  hsts: { session: flag, platform: true },

  // Of both. These are combined by name or key as a call is prepared, but for auth, which replaces.
  headers: { both: object },
  searchParams: {
    call: typed('string', 'object'),
    session: object,
  },
  // A session takes a jar, and the platform knows which ones.
  cookies: {
    call: record,
    session: anything,
    platform: true,
  },
  auth: { both: auth },
  context: { both: record },

  // Of both. These are the resolved options.
  timeout: {
    both: readTimeout,
    merge: 'keys',
    default: defaultTimeout,
  },
  retry: { both: readRetry, merge: 'keys', default: defaultRetry },
  idempotencyKey: { call: idempotencyKey, session: alwaysKey, merge: 'replace' },
  maxRedirects: { both: count, merge: 'replace', default: 20, platform: true },
  throwHttpErrors: { both: flagOrFunc, merge: 'replace' },
  parseJson: { both: func, merge: 'replace' },
  stringifyJson: { both: func, merge: 'replace' },
  onUploadProgress: { both: func, merge: 'replace' },
  onDownloadProgress: { both: func, merge: 'replace' },
  onInformation: { both: func, merge: 'replace' },
  maxResponseSize: { both: count, merge: 'replace' },
  keepHeaders: {
    both: list<string>('string', (name) => name.toLowerCase()),
    merge: 'replace',
    default: Object.freeze([]),
  },
  redirect: {
    both: oneOf('follow', 'manual', 'error'),
    merge: 'replace',
    default: 'follow',
  },
  credentials: {
    both: oneOf('omit', 'same-origin', 'include'),
    merge: 'replace',
  },
  transport: { both: isTransport, merge: 'replace' },

  // Of both. Members of `init` of which a transport of ours knows something.
  integrity: { both: typed('string'), init: true, merge: 'replace' },
  decompress: { both: flag, init: true, platform: true },
  proxy: { ...forwarded, platform: true },
  tls: { ...forwarded, platform: true },
} satisfies Record<OwnName, OptionRule>;

type PassThroughName = Exclude<
  (typeof passThroughNames)[number],
  'integrity' | 'decompress' | 'proxy' | 'tls'
>;
/** An option with a type and without a row does not compile, and the other way about. */
type OwnName = Exclude<keyof RequestOptions | keyof SessionOptions, PassThroughName>;

/** All rows by name. */
export const schema = nullPrototype<Record<string, OptionRule | undefined>>(
  ...passThroughNames.map((name) => ({ [name]: forwarded })),
  { dispatcher: forwardedDispatcher },
  own,
);
// Nobody's prototype fills in what a row leaves out.
for (const rule of Object.values(schema)) Object.setPrototypeOf(rule, null);
