import type { Lock } from '../../middleware/auth/refresh/lock.ts';
import type { RefreshOptions } from '../../middleware/auth/refresh/refresh-options.ts';
import { anything, func, kind, readRecord } from '../../options/kinds.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import type { Awaitable } from '../../types/context.ts';
import { parseUrl } from '../../request/url.ts';
import type { PageForm } from './read-forms.ts';

/** What `formLogin()` takes. */
export interface FormLoginOptions {
  /** The login page, absolute or against the `baseUrl` of the session. */
  url: string | URL;
  /**
   * The names and values to fill in, such as user and password; a function is asked for each login.
   * What the page itself puts into the form, such as a hidden token, goes along.
   */
  fields: Record<string, string> | (() => Awaitable<Record<string, string>>);
  /**
   * Which form of the page it is.
   *
   * @default the first one that has all of the `fields`
   */
  form?(form: PageForm): boolean;
  /**
   * Whether a response says that the session has expired. It may not read the body.
   *
   * @default a status of 401 or 419, or a redirect to `url`
   */
  expired?(response: SessionResponse): boolean;
  /**
   * Whether the answer to the form says that the login was refused, so that it is not tried again
   * with the same fields. It may not read the body.
   *
   * @default it has a status of 400 or more, not counting where a redirect has led to, or is the
   * login page once more, with a form of the same fields. 429 and those of 500 or more say nothing
   * of the fields: they are an `HTTPError`, and the next call tries again.
   */
  failed?(response: SessionResponse): boolean;
  /**
   * How far "once" reaches, as in `refresh()`.
   *
   * @default the calls of every session that has this `Auth`
   */
  lock?: Lock | undefined;
  /**
   * How many logins, within `per` ms, may be followed by a response that has expired again, as in
   * `refresh()`.
   *
   * @default { count: 5, per: 30_000 }
   */
  renewals?: RefreshOptions['renewals'];
}

const kinds = {
  url: anything,
  fields: kind<unknown>(
    'a record of strings or a function that returns one',
    (value) => typeof value === 'function' || isFields(value),
  ),
  form: func,
  expired: func,
  failed: func,
  lock: anything,
  renewals: anything,
};

/** Whether it is a record of strings, as the fields of a form are. */
export function isFields(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((field) => typeof field === 'string');
}

/** A copy of the options, each checked, but for those that are `refresh()`'s. */
export function readFormLogin(options: FormLoginOptions): FormLoginOptions {
  const given = readRecord<FormLoginOptions>('formLogin', kinds, options);
  // A relative one waits for its session.
  parseUrl(given.url, 'http://relative.invalid/', 'url of formLogin');
  kinds.fields(given.fields, 'formLogin.fields');
  return given;
}
