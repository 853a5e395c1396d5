import { inProcessLock, type Lock } from '../../middleware/auth/refresh/lock.ts';
import type { RefreshOptions } from '../../middleware/auth/refresh/refresh-options.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { anything, func, kind, oneOf, readRecord, record, typed } from '../../options/kinds.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { parseUrl } from '../../request/url.ts';
import type { Awaitable } from '../../types/context.ts';
import type { Tokens } from '../../middleware/auth/refresh/tokens.ts';

/** What JSON can hold. */
export type JsonValue =
  string | number | boolean | null | JsonValue[] | { [name in string]?: JsonValue };

/**
 * Metadata of a provider (RFC 8414), as `oauth4webapi` has it. What is named here is what
 * `oauth2()` reads.
 */
export interface AuthorizationServer {
  /** Who it is, as its tokens name it. */
  readonly issuer: string;
  /** Where users log in. */
  readonly authorization_endpoint?: string;
  /** Where tokens come from. */
  readonly token_endpoint?: string;
  /** Where tokens end. */
  readonly revocation_endpoint?: string;
  /** Where devices ask for a code (RFC 8628). */
  readonly device_authorization_endpoint?: string;
  /** Where users log out (OpenID Connect RP-Initiated Logout). */
  readonly end_session_endpoint?: string;
  /** How clients may authenticate; without it `client_secret_basic`. */
  readonly token_endpoint_auth_methods_supported?: string[];
  /** Whatever else it says of itself. */
  readonly [name: string]: JsonValue | undefined;
}

/**
 * How the client says who it is: a function of `oauth4webapi`, such as `PrivateKeyJwt(key)`, or one
 * that adds to the body or the headers of a request.
 */
export type ClientAuth = (
  server: AuthorizationServer,
  client: { client_id: string },
  body: URLSearchParams,
  headers: Headers,
) => void | Promise<void>;

/** A key of WebCrypto, by the name that each platform's types have for it. */
type WebKey = Extract<Awaited<ReturnType<typeof crypto.subtle.generateKey>>, { type: string }>;

/** A `CryptoKeyPair` to sign with, such as one of ECDSA over P-256. */
export interface DpopKeyPair {
  /** Need not be one that can be exported. */
  privateKey: WebKey;
  /** What tokens are bound to. */
  publicKey: WebKey;
}

/** The keys of DPoP, kept where they outlive a reload: IndexedDB takes them as they are. */
export interface DpopKeyStore {
  /** `undefined`: there are none yet. */
  load(): Awaitable<DpopKeyPair | undefined>;
  /** Keeps new ones, of which the private one cannot be exported. */
  save(keys: DpopKeyPair): Awaitable<void>;
}

/** What `oauth2()` takes. */
export interface OAuth2Options
  extends
    Pick<RefreshOptions, 'save' | 'lock' | 'renewals'>,
    Partial<Pick<RefreshOptions, 'load'>> {
  /**
   * The provider: the URL that its metadata are found by (OpenID Connect Discovery, else RFC 8414),
   * or the metadata. `http:` is for loopback alone.
   */
  issuer: string | URL | AuthorizationServer;
  /** As the provider knows the client. */
  clientId: string;
  /**
   * A secret is sent by `client_secret_basic`, or by `client_secret_post` where the provider takes
   * that alone.
   *
   * @default none, as of a public client
   */
  clientAuth?:
    | ClientAuth
    | {
        /** As the provider gave it to the client. */
        secret: string;
      }
    | undefined;
  /**
   * Who agrees: a user in a browser, nobody but the client, or a user elsewhere.
   *
   * @default `client_credentials` with a `clientAuth` and no `redirectUri`, else
   * `authorization_code`
   */
  grant?: 'authorization_code' | 'client_credentials' | 'device_code' | undefined;
  /** Names separated by blanks; with `openid` among them there is an ID token. */
  scope?: string | undefined;
  /** What the tokens are for (RFC 8707). */
  resource?: string | string[] | undefined;
  /** Where the provider sends users back to. */
  redirectUri?: string | undefined;
  /**
   * Further parameters of requests for authorization, for a device code, and for a client's own
   * tokens.
   */
  parameters?: Record<string, string> | undefined;
  /** Binds tokens to a key (RFC 9449). The package `dpop` has to be installed. */
  dpop?: DpopKeyPair | DpopKeyStore | undefined;
  /**
   * For the provider's endpoints.
   *
   * @default calls of the first session that uses it, without its credentials and cookies; before
   * that the global one
   */
  fetch?: typeof fetch | undefined;
}

/** The options with what has a default. */
export type ReadOAuth2 = OAuth2Options &
  Required<Pick<OAuth2Options, 'grant'>> & { readonly lock: Lock };

const text = kind<string>(
  'a string that is not empty',
  (value) => typeof value === 'string' && value !== '',
);

const kinds = {
  issuer: anything,
  clientId: text,
  clientAuth: kind<{ secret?: string }>(
    'a function, or { secret } with a secret that is not empty',
    (value) =>
      typeof value === 'function' || (typeof value?.secret === 'string' && value.secret !== ''),
  ),
  grant: oneOf('authorization_code', 'client_credentials', 'device_code'),
  scope: typed<string>('string'),
  resource: anything,
  redirectUri: text,
  parameters: record,
  dpop: kind<DpopKeyPair & DpopKeyStore>(
    'a CryptoKeyPair, or an object with load() and save()',
    (value) =>
      (typeof value?.privateKey === 'object' && typeof value.publicKey === 'object') ||
      (typeof value?.load === 'function' && typeof value.save === 'function'),
  ),
  fetch: func,
  load: func,
  save: func,
  lock: kind<Lock>('an object with a run() method', (value) => typeof value?.run === 'function'),
  renewals: anything,
};

/** A copy of the options, each checked. */
export function readOAuth2(options: OAuth2Options): ReadOAuth2 {
  const given = readRecord<OAuth2Options>('oauth2', kinds, options);
  text(given.clientId, 'oauth2.clientId');
  checkIssuer(given.issuer);
  const isOwn = given.clientAuth !== undefined && given.redirectUri === undefined;
  const grant = isOwn ? 'client_credentials' : 'authorization_code';
  return nullPrototype({ grant, lock: inProcessLock() }, given);
}

function checkIssuer(issuer: OAuth2Options['issuer'] | undefined): void {
  const url =
    typeof issuer === 'object' && 'issuer' in issuer ? issuer.issuer : (issuer ?? 'undefined');
  checkSecure(parseUrl(url, undefined, 'issuer of oauth2'));
}

const loopback = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

/** @throws {InvalidRequestError} for `http:` to anywhere but this host. */
export function checkSecure(url: URL): void {
  if (url.protocol === 'https:' || loopback.test(url.hostname)) return;
  throw new InvalidRequestError(
    `oauth2(): ${url.origin} must be https:, as tokens are sent there; http: is for loopback alone`,
  );
}

/** Tokens as `oauth2()` keeps them, beside what every `refresh()` has. */
export type OAuth2Tokens = Tokens & {
  /** In lower case: `bearer` or `dpop`. */
  readonly tokenType?: string | undefined;
  /** What the tokens are good for, if the provider says so. */
  readonly scope?: string | undefined;
  /** Who is logged in, as a JWT that was validated when it came. */
  readonly idToken?: string | undefined;
};
