/** The provider's endpoints: who is asked, by which fetch, and what its errors become. */
import type * as OAuth from 'oauth4webapi';
import { Cancellation } from '../../cancellation/cancellation.ts';
import { Deadline } from '../../cancellation/deadline.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { ResponseTooLargeError } from '../../errors/response-too-large-error.ts';
import { SessionError } from '../../errors/session-error.ts';
import { TimeoutError } from '../../errors/timeout-error.ts';
import type { SessionState } from '../../model.ts';
import { isHarmless } from '../../request/harmless.ts';
import { concat, pieces } from '../../request/streams.ts';
import { missingPeer } from '../shared/missing-peer.ts';
import type { DpopKeys } from './dpop-keys.ts';
import { explainError } from './explain-error.ts';
import { type AuthorizationServer, checkSecure, type ReadOAuth2 } from './options.ts';

/** How long an answer of the provider may take, in ms. */
const longestAnswer = 30_000;

/** An answer of the provider is no larger, in bytes. */
const largestAnswer = 2 ** 20;

/** What every request to the provider is made of. */
export interface Context {
  readonly oauth: typeof OAuth;
  readonly server: OAuth.AuthorizationServer;
  readonly client: OAuth.Client;
  readonly auth: OAuth.ClientAuth;
  /** With the keys of DPoP, where a token is asked for. */
  readonly options: OAuth.TokenEndpointRequestOptions;
}

export class Provider {
  readonly #options: ReadOAuth2;
  readonly #keys: DpopKeys | undefined;
  /** URLs that are being asked by the provider itself: a session's call to them goes out bare. */
  readonly #asking = new Map<string, number>();
  #server: Promise<OAuth.AuthorizationServer> | undefined;
  #session: SessionState | undefined;

  constructor(options: ReadOAuth2, keys: DpopKeys | undefined) {
    this.#options = options;
    this.#keys = keys;
  }

  /** A session that uses it: the first one that is open carries the provider's calls. */
  useSession(state: SessionState): void {
    if (!this.#session || this.#session.closed) this.#session = state;
  }

  /** Whether a call is one of its own, which a session was given by `fetch`. */
  isAsking(url: URL): boolean {
    return this.#asking.has(url.href);
  }

  /**
   * Runs requests to the provider, within 30 s.
   *
   * @param what names them, for messages.
   */
  async run<T>(
    what: string,
    task: (context: Context) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const cancellation = new Cancellation();
    const expire = (): void => cancellation.cancel(new TimeoutError('total', longestAnswer));
    const deadline = new Deadline({ expire });
    deadline.arm(longestAnswer);
    if (signal) cancellation.follow(signal);
    try {
      return await cancellation.within(this.#run(task, cancellation.signal));
    } catch (error) {
      throw explainError(cancellation.aborted ? cancellation.reason : error, what);
    } finally {
      deadline.disarm();
      cancellation.release();
    }
  }

  async #run<T>(task: (context: Context) => Promise<T>, signal: AbortSignal): Promise<T> {
    const oauth = await import('oauth4webapi').catch(missingPeer('oauth4webapi', 'oauth2()'));
    const common: OAuth.HttpRequestOptions<'GET' | 'POST', URLSearchParams | undefined> = {
      signal,
      [oauth.customFetch]: (url, init) => this.#fetch(url, init),
      // Each URL is judged as it is fetched.
      [oauth.allowInsecureRequests]: true,
    };
    const client = { client_id: this.#options.clientId };
    const handle = await this.#keys?.handle(oauth, client);
    const server = await this.#discover(oauth, common);
    const context: Context = {
      oauth,
      server,
      client,
      auth: this.#clientAuth(oauth, server),
      options: handle ? { ...common, DPoP: handle } : common,
    };
    try {
      return await task(context);
    } catch (error) {
      // The handle knows the nonce by now that the provider wants.
      if (!handle || !oauth.isDPoPNonceError(error)) throw error;
      return task(context);
    }
  }

  /** The metadata, which are asked for once, and again after a failure. */
  #discover(
    oauth: typeof OAuth,
    options: OAuth.DiscoveryRequestOptions,
  ): Promise<OAuth.AuthorizationServer> {
    const { issuer } = this.#options;
    if (typeof issuer === 'object' && 'issuer' in issuer) return Promise.resolve({ ...issuer });
    return (this.#server ??= discover(oauth, new URL(issuer), options).catch((error: unknown) => {
      this.#server = undefined;
      throw error;
    }));
  }

  #clientAuth(oauth: typeof OAuth, server: AuthorizationServer): OAuth.ClientAuth {
    const { clientAuth } = this.#options;
    if (clientAuth === undefined) return oauth.None();
    if (typeof clientAuth === 'function') return clientAuth;
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isPost =
      !methods.includes('client_secret_basic') && methods.includes('client_secret_post');
    return isPost
      ? oauth.ClientSecretPost(clientAuth.secret)
      : oauth.ClientSecretBasic(clientAuth.secret);
  }

  async #fetch(
    url: string,
    init: OAuth.CustomFetchOptions<'GET' | 'POST', URLSearchParams | undefined>,
  ): Promise<Response> {
    const { href } = checked(url);
    this.#asking.set(href, (this.#asking.get(href) ?? 0) + 1);
    try {
      return await limited(await this.#send(href, init));
    } catch (error) {
      // So a fetch says that it cannot reach somebody.
      if (!(error instanceof TypeError)) throw error;
      const { cause = error } = error;
      throw SessionError.is(cause)
        ? cause
        : new NetworkError(`oauth2(): ${new URL(href).origin} cannot be reached`, { cause });
    } finally {
      const left = (this.#asking.get(href) ?? 1) - 1;
      if (left > 0) this.#asking.set(href, left);
      else this.#asking.delete(href);
    }
  }

  #send(
    href: string,
    init: OAuth.CustomFetchOptions<'GET' | 'POST', URLSearchParams | undefined>,
  ): Promise<Response> {
    const { method, headers, body = null, signal = null } = init;
    // A redirect would take a secret elsewhere; cookies are none of this.
    const sent = {
      method,
      headers,
      body,
      signal,
      redirect: 'manual',
      credentials: 'omit',
    } as const;
    if (this.#options.fetch) return this.#options.fetch(href, sent);
    const session = this.#session;
    if (!session) return fetch(href, sent);
    const own = { ...withoutDefaults(session.headers), ...headers };
    const plain = { auth: null, searchParams: null, throwHttpErrors: false, retry: 0 };
    return session.callPart(href, { ...sent, ...plain, headers: own }, 'application/json');
  }
}

/** Takes a session's own headers away, but for those that tell nothing about it. */
function withoutDefaults(headers: Headers): Record<string, null> {
  const removed: Record<string, null> = {};
  for (const name of headers.keys()) if (!isHarmless(name)) removed[name] = null;
  return removed;
}

/** The answer, once all of it is there: only a session's calls have a limit of their own. */
async function limited(answer: Response): Promise<Response> {
  if (!answer.body) return answer;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of pieces(answer.body)) {
    size += chunk.length;
    if (size > largestAnswer) throw new ResponseTooLargeError(largestAnswer);
    chunks.push(chunk);
  }
  const { status, headers } = answer;
  return new Response(concat(chunks), { status, headers });
}

function checked(url: string): URL {
  const read = new URL(url);
  checkSecure(read);
  return read;
}

async function discover(
  oauth: typeof OAuth,
  issuer: URL,
  options: OAuth.DiscoveryRequestOptions,
): Promise<OAuth.AuthorizationServer> {
  const response = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oidc' });
  if (response.status !== 404) return oauth.processDiscoveryResponse(issuer, response);
  await response.body?.cancel();
  const second = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
  return oauth.processDiscoveryResponse(issuer, second);
}

/** An endpoint that the provider has to have for what is asked of it. */
export function endpointOf(url: string | undefined, name: string): URL {
  if (url !== undefined) return checked(url);
  throw new InvalidRequestError(`oauth2(): the provider has no ${name}`);
}
