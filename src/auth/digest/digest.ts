import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { frozen } from '../../options/null-prototype.ts';
import { parseChallenges } from '../../request/text/challenges.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { discard } from '../../response/wrap-response.ts';
import type { Auth, Next, SessionRequest } from '../../types/middleware.ts';
import type { ResolvedOptions } from '../../types/resolved-options.ts';
import type { UrlParts } from '../../request/url.ts';
import { lastHop, sendAgain } from '../shared/last-hop.ts';
import { NonceInUse } from './answer.ts';
import { chooseChallenge, type DigestChallenge } from './digest-challenge.ts';
import { withEntity } from './entity.ts';
import { FirstChallenge } from './first-challenge.ts';
import { hashesOfHost } from './hashes.ts';
import { folderOf, ProtectionSpaces } from './protection-spaces.ts';
import { isBytes } from '../../request/host/brand.ts';

/** Bare, with the answer to its challenge, and with that to a nonce that had grown stale. */
const mostLegs = 3;

/**
 * Digest credentials (RFC 7616): MD5, SHA-256 and SHA-512-256, each with `-sess`, of which the
 * strongest that the server offers is taken; `auth` and, where nothing else is offered, `auth-int`,
 * for which a body is held in memory.
 *
 * The first call is answered by a challenge, which is answered once; further calls below its folder
 * or in the `domain` that the server has named go out with an answer of their own. Calls that come
 * while the first one waits for its challenge wait with it. A nonce is never used for another
 * origin or realm. A stream, which can be sent once, does not survive a challenge: give a function,
 * or make another call before. What a server proves of itself in return (`rspauth`, section 3.5) is
 * not judged, as who stands between could leave it out: use `https:`.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { digest } from 'isosession/auth';
 *
 * const camera = new Session({ baseUrl: 'http://192.0.2.7/', auth: digest('admin', 'secret') });
 * ```
 *
 * @throws {UnsupportedError} where there is no `node:crypto`, as in browsers;
 * {@link InvalidRequestError} for a control character in the user's name or the password.
 */
export function digest(user: string, password: string): Auth {
  if ([user, password].some((part) => typeof part !== 'string' || /[\0-\x1f\x7f]/.test(part)))
    throw new InvalidRequestError('digest() takes strings without control characters');
  const hashes = hashesOfHost();
  const spaces = new ProtectionSpaces();
  const firstChallenge = new FirstChallenge();

  /** One sending, and what it is answered with. */
  async function send(
    { request, next, before }: { request: SessionRequest; next: Next; before?: SessionResponse },
    nonce: NonceInUse | undefined,
  ): Promise<{ response: SessionResponse; used: NonceInUse | undefined }> {
    let used = nonce;
    const authorizeHop: ResolvedOptions['authorizeHop'] = ({ method, url }) => {
      used = spaces.find(url);
      // Its body is not at hand.
      if (used?.challenge.qop === 'auth-int') used = undefined;
      return used?.answer({ method, uri: url.pathname + url.search });
    };
    const options = frozen<ResolvedOptions>(request.options, { authorizeHop });
    const handed = { ...(nonce ? await withAnswer(request, nonce) : request), options };
    const response = await (before ? sendAgain(handed, next, before) : next(handed));
    return { response, used };
  }

  /** What is in use for the realm of a challenge after it: on the first leg, others' news. */
  function nonceFor(
    challenge: DigestChallenge,
    url: UrlParts,
    { used, leg }: { used: NonceInUse | undefined; leg: number },
  ): NonceInUse {
    const current = spaces.of(url, challenge.realm);
    const isNews = leg === 1 && current !== undefined && current !== used;
    const nonce = isNews ? current : new NonceInUse({ user, password }, challenge);
    spaces.set(url, nonce);
    return nonce;
  }

  /**
   * The nonce that the server wants next (RFC 7616, section 3.5), of the first answer to this one:
   * a late answer may name one that has been counted up since.
   */
  function learnNextNonce(used: NonceInUse, url: UrlParts, { headers }: SessionResponse): void {
    const info = headers.get('authentication-info');
    if (!info || spaces.of(url, used.challenge.realm) !== used) return;
    const next = parseChallenges(`digest ${info}`)[0]?.parameters.get('nextnonce');
    if (next && next !== used.value) spaces.set(url, used.next(next));
  }

  async function run(
    request: SessionRequest,
    next: Next,
    onChallenge: () => void,
  ): Promise<SessionResponse> {
    let sent = await send({ request, next }, spaces.find(request.url));
    let isAnswered = false;
    for (let leg = 1; ; leg++) {
      const { response, used } = sent;
      const hop = lastHop(request, response);
      if (!hop) return response;
      const challenge = response.status === 401 ? challengeOf(response) : undefined;
      if (!challenge) {
        if (used) learnNextNonce(used, hop.url, response);
        return response;
      }
      const isRefused = isAnswered || used?.value === challenge.nonce;
      if (leg === mostLegs || (isRefused && !challenge.isStale)) return response;
      const nonce = nonceFor(challenge, hop.url, { used, leg });
      isAnswered = nonce.challenge === challenge;
      onChallenge();
      discard(response);
      sent = await send({ request: hop, next, before: response }, nonce);
    }
  }

  const challengeOf = ({ headers }: SessionResponse): DigestChallenge | undefined =>
    chooseChallenge(parseChallenges(headers.get('www-authenticate') ?? ''), hashes);

  return async (request, next) => {
    const { url, signal } = request;
    const place = url.origin + folderOf(url);
    const turn = spaces.find(url) ? undefined : await firstChallenge.enter(place, signal);
    try {
      const response = await run(request, next, () => turn?.answer());
      turn?.answer();
      return response;
    } finally {
      turn?.end();
    }
  };
}

async function withAnswer(given: SessionRequest, nonce: NonceInUse): Promise<SessionRequest> {
  const isWhole = nonce.challenge.qop === 'auth-int';
  const request = isWhole ? await withEntity(given) : given;
  const { method, url } = request;
  const body = isBytes(request.body) ? request.body : undefined;
  const headers = new Headers(request.headers);
  headers.set('authorization', nonce.answer({ method, uri: url.pathname + url.search, body }));
  return { ...request, headers };
}
