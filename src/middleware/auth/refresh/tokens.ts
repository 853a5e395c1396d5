/** The tokens of a login, and what tells them from others. */

/**
 * The credentials of a login as {@link RefreshOptions} has them, and whatever else belongs to them.
 */
export interface Tokens {
  /** Sent as a bearer token. None in a session of HttpOnly cookies. */
  accessToken?: string | undefined;
  /** What gets new tokens from the server. It is never sent but by your own `renew`. */
  refreshToken?: string | undefined;
  /** When the access token ends, in ms since 1970, as `Date.now()` counts. */
  expiresAt?: number | undefined;
  [name: string]: unknown;
}

/** Tokens as they came at one time. Which of them a call was sent with is told by identity. */
export interface Generation {
  /** `null` if the first ones are to be fetched before a call. */
  readonly tokens: Tokens | null | undefined;
  /** The same wherever the same tokens are. */
  readonly key: string;
  /** They were good when they came. If not, some clock is wrong, and only the server can tell. */
  readonly fresh: boolean;
}

/**
 * What tells tokens from others. Not their end, which each tab may have reckoned by its own clock.
 *
 * @param keyOfHidden for HttpOnly cookies, which look to a script like no tokens at all. Each tab
 * that loads them has the default.
 */
export function keyOf(tokens: Generation['tokens'], keyOfHidden = '{}'): string {
  const { accessToken, refreshToken, expiresAt, ...others } = tokens ?? {};
  if (accessToken ?? refreshToken) return JSON.stringify([accessToken, refreshToken]);
  const key = JSON.stringify(others);
  return key === '{}' ? keyOfHidden : key;
}

/** The key of tokens that were just renewed: hidden ones are new, though they look like the old. */
export function keyOfRenewed(tokens: Tokens): string {
  // It is no secret: it needs to be another one, no more.
  return keyOf(tokens, String(Math.random()));
}

const secrets = ['accessToken', 'refreshToken'] as const;

/** Whether `found` has other tokens than `known`. A store need not keep all of them. */
export function differs(found: Tokens, known: Generation['tokens']): boolean {
  return secrets.some((name) => found[name] !== undefined && found[name] !== known?.[name]);
}
