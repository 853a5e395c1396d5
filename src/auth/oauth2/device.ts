/** The device authorization grant (RFC 8628): who has no browser shows a code. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { TimeoutError } from '../../errors/timeout-error.ts';
import { ProviderError } from './explain-error.ts';
import { requestParameters, toTokens } from './grants.ts';
import type { OAuth2Tokens, ReadOAuth2 } from './options.ts';
import type { Provider } from './provider.ts';

/** What a user is shown, and what becomes of it. */
export interface DeviceLogin {
  /** To be typed in. */
  readonly userCode: string;
  /** Where. */
  readonly verificationUri: string;
  /** The same with the code in it, as for a QR code. */
  readonly verificationUriComplete?: string;
  /** When the code ends, in ms since 1970. */
  readonly expiresAt: number;
  /** Resolves when the user has agreed, and rejects when they refuse or the code ends. */
  readonly tokens: Promise<OAuth2Tokens>;
}

/** The interval in s where the provider says none, and what `slow_down` adds to it. */
const interval = 5;
/** What a timer can wait, in ms. */
const longestPause = 2 ** 31 - 1;

/**
 * Asks for a code, and then for tokens until the user has answered.
 *
 * @param keep is given the tokens before the promise of them resolves.
 */
export async function startDevice(
  provider: Provider,
  options: ReadOAuth2,
  { keep, signal }: { keep(tokens: OAuth2Tokens): Promise<OAuth2Tokens>; signal?: AbortSignal },
): Promise<DeviceLogin> {
  const parameters = requestParameters(options);
  const answer = await provider.run(
    'the request for a device code',
    async ({ oauth, server, client, auth, options: init }) => {
      const response = await oauth.deviceAuthorizationRequest(
        server,
        client,
        auth,
        parameters,
        init,
      );
      return oauth.processDeviceAuthorizationResponse(server, client, response);
    },
    signal,
  );
  const { device_code, user_code, verification_uri, verification_uri_complete } = answer;
  const expiresAt = Date.now() + answer.expires_in * 1000;
  const tokens = poll(provider, {
    code: device_code,
    seconds: answer.interval ?? interval,
    expiresAt,
    signal,
  }).then(keep);
  // Who shows the code may look at the outcome later.
  tokens.catch(() => {});
  return {
    userCode: user_code,
    verificationUri: verification_uri,
    ...(verification_uri_complete !== undefined && {
      verificationUriComplete: verification_uri_complete,
    }),
    expiresAt,
    tokens,
  };
}

interface Polling {
  readonly code: string;
  readonly seconds: number;
  readonly expiresAt: number;
  readonly signal: AbortSignal | undefined;
}

async function poll(provider: Provider, given: Polling): Promise<OAuth2Tokens> {
  const { code, expiresAt, signal } = given;
  for (let { seconds } = given; ;) {
    const left = expiresAt - Date.now() + 1;
    await pause(Math.min(seconds * 1000, left, longestPause), signal);
    if (Date.now() > expiresAt)
      throw new InvalidRequestError('oauth2(): the device code has ended: ask for another one');
    try {
      return await provider.run(
        'the request for tokens of a device',
        async ({ oauth, server, client, auth, options }) => {
          const response = await oauth.deviceCodeGrantRequest(server, client, auth, code, options);
          return toTokens(
            await oauth.processDeviceCodeResponse(server, client, response),
            undefined,
          );
        },
        signal,
      );
    } catch (error) {
      const reason = error instanceof InvalidRequestError ? error.cause : undefined;
      const word = reason instanceof ProviderError ? reason.error : '';
      if (word === 'slow_down') seconds += interval;
      // Who cannot be reached is asked less often (the RFC's section 3.5).
      else if (isUnreachable(error)) seconds *= 2;
      else if (word !== 'authorization_pending') throw error;
    }
  }
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof NetworkError || error instanceof TimeoutError;

/** Unlike a deadline it keeps a process alive: somebody is expected. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
