/** Proofs of possession (RFC 9449), for the provider and for the resources. */
import type * as OAuth from 'oauth4webapi';
import { parseChallenges } from '../../request/text/challenges.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { discard } from '../../response/wrap-response.ts';
import type { Next, SessionRequest } from '../../types/middleware.ts';
import { lastHop, sendAgain } from '../shared/last-hop.ts';
import { missingPeer } from '../shared/missing-peer.ts';
import type { DpopKeyPair, DpopKeyStore } from './options.ts';

/** Beyond so many origins, the one that was met first is forgotten. */
const mostOrigins = 100;

export class DpopKeys {
  readonly #given: DpopKeyPair | DpopKeyStore;
  #pair: Promise<DpopKeyPair> | undefined;
  #handle: OAuth.DPoPHandle | undefined;
  /** The nonces that resources want, by their origins. */
  readonly #nonces = new Map<string, string>();

  constructor(given: DpopKeyPair | DpopKeyStore) {
    this.#given = given;
  }

  /** What signs requests to the provider, and knows its nonce. */
  async handle(oauth: typeof OAuth, client: OAuth.Client): Promise<OAuth.DPoPHandle> {
    const pair = await this.#keys(() => oauth.generateKeyPair('ES256', { extractable: false }));
    return (this.#handle ??= oauth.DPoP(client, pair));
  }

  #keys(generate: () => Promise<DpopKeyPair>): Promise<DpopKeyPair> {
    return (this.#pair ??= readKeys(this.#given, generate).catch((error: unknown) => {
      this.#pair = undefined;
      throw error;
    }));
  }

  /** Puts a token and its proof on a request. */
  async sign(request: SessionRequest, token: string): Promise<void> {
    const { method, url, headers } = request;
    const { generateProof, generateKeyPair } = await import('dpop').catch(
      missingPeer('dpop', 'oauth2({ dpop })'),
    );
    const pair = await this.#keys(() => generateKeyPair('ES256'));
    const nonce = this.#nonces.get(url.origin);
    const target = url.origin + url.pathname;
    headers.set('authorization', `DPoP ${token}`);
    headers.set('dpop', await generateProof(pair, target, method, nonce, token));
  }

  /** Below what signs: signs once more where the resource wants a nonce, or a redirect has led. */
  async proveAgain(request: SessionRequest, next: Next): Promise<SessionResponse> {
    const response = await next(request);
    this.#learn(response);
    const token = /^DPoP (.*)/.exec(request.headers.get('authorization') ?? '')?.[1];
    if (token === undefined || response.status !== 401 || !this.#isForProof(response))
      return response;
    const hop = lastHop(request, response);
    if (!hop) return response;
    const signed = { ...hop, headers: new Headers(hop.headers) };
    await this.sign(signed, token);
    discard(response);
    const second = await sendAgain(signed, next, response);
    this.#learn(second);
    return second;
  }

  #isForProof({ headers, history }: SessionResponse): boolean {
    // The proof names one URL: that of the first hop.
    if (history.length > 0) return true;
    return parseChallenges(headers.get('www-authenticate') ?? '').some(
      ({ scheme, parameters }) => scheme === 'dpop' && parameters.get('error') === 'use_dpop_nonce',
    );
  }

  #learn({ url, headers }: SessionResponse): void {
    const nonce = headers.get('dpop-nonce');
    if (nonce === null) return;
    this.#nonces.set(new URL(url).origin, nonce);
    const [oldest] = this.#nonces.keys();
    if (this.#nonces.size > mostOrigins && oldest !== undefined) this.#nonces.delete(oldest);
  }
}

async function readKeys(
  given: DpopKeyPair | DpopKeyStore,
  generate: () => Promise<DpopKeyPair>,
): Promise<DpopKeyPair> {
  if ('privateKey' in given) return given;
  const kept = await given.load();
  if (kept) return kept;
  const made = await generate();
  await given.save(made);
  return made;
}
