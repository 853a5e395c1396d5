import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isToken } from '../../request/headers.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import type { Awaitable } from '../../types/context.ts';
import { isRejected } from './is-rejected.ts';
import type { CsrfFrom } from './token-source.ts';
import { func, kind } from '../../options/kinds.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { readRecord } from '../../options/kinds.ts';

/** A framework whose names are known. */
export type CsrfPreset = 'angular' | 'django' | 'laravel' | 'rails' | 'spring';

/** Options of {@link csrf}. */
export interface CsrfOptions {
  /**
   * Where the token is: in a cookie that scripts may read, in a `<meta name= content>` of the page,
   * in a header of the responses, or in the JSON of an endpoint, which is fetched once.
   *
   * @default { cookie: 'XSRF-TOKEN' }
   */
  from?: CsrfFrom | undefined;
  /**
   * The header that carries it.
   *
   * @default 'X-XSRF-TOKEN'
   */
  header?: string | undefined;
  /**
   * Whether a response says that the token was not good.
   *
   * @default 419, and 403 with a word of CSRF in its text, in its JSON or among its header names
   */
  rejected?: ((response: SessionResponse) => boolean) | undefined;
}

/** After reading, nothing is missing. */
interface DefinedCsrfOptions {
  readonly from: CsrfFrom;
  readonly header: string;
  readonly rejected: (response: SessionResponse) => Awaitable<boolean>;
}

/** What a framework has in another way than Angular and axios. */
const presets: Record<CsrfPreset, CsrfOptions> = {
  angular: {},
  django: {
    from: { cookie: 'csrftoken' },
    header: 'X-CSRFToken',
  },
  laravel: {},
  // In production neither Rails nor Spring says why. That there is another token than the one it
  // had is reason enough to send a call again.
  rails: {
    from: { meta: 'csrf-token' },
    header: 'X-CSRF-Token',
    rejected: ({ status }) => status === 422,
  },
  spring: {
    rejected: ({ status }) => status === 403,
  },
};

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const text = /* @__PURE__ */ kind('a non-empty string', isText);
const headerName = /* @__PURE__ */ kind(
  'the name of a header',
  (value) => typeof value === 'string' && isToken(value),
);

const sourceKinds = { cookie: text, meta: text, header: headerName, url: text, pick: func };

const kinds = {
  from: /* @__PURE__ */ kind(
    'one of { cookie }, { meta }, { header } and { url, pick }',
    (value) => {
      const { pick, ...source } = readRecord('csrf.from', sourceKinds, value);
      if (Object.keys(source).length !== 1) return false;
      if (pick !== undefined && !('url' in source)) return false;
      return nullPrototype(source, { pick });
    },
  ),
  header: headerName,
  rejected: func,
};

/** The options of `csrf()` with their defaults, each checked. */
export function readCsrfOptions(preset: CsrfPreset | CsrfOptions): DefinedCsrfOptions {
  const given = typeof preset === 'string' ? findPreset(preset) : preset;
  return {
    from: { cookie: 'XSRF-TOKEN' },
    header: 'X-XSRF-TOKEN',
    rejected: isRejected,
    ...readRecord<Partial<DefinedCsrfOptions>>('csrf', kinds, given),
  };
}

function findPreset(name: CsrfPreset): CsrfOptions {
  if (Object.hasOwn(presets, name)) return presets[name];
  throw new InvalidRequestError(
    `csrf() has no preset '${name}', but ${Object.keys(presets).join(', ')}`,
  );
}
