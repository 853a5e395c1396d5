/** The device authorization grant (RFC 8628): who has no browser shows a code. */
import { Cancellation, wait } from '../../cancellation/cancellation.ts';
import { longestTimer } from '../../cancellation/deadline.ts';
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
  const lifetime = answer.expires_in * 1000;
  const giveUp = new Cancellation();
  if (signal) giveUp.follow(signal);
  const polling = {
    code: device_code,
    seconds: answer.interval ?? interval,
    end: performance.now() + lifetime,
  };
  const tokens = poll(provider, polling, giveUp)
    .finally(() => giveUp.release())
    .then(keep);
  // Who shows the code may look at the outcome later.
  tokens.catch(() => {});
  return {
    userCode: user_code,
    verificationUri: verification_uri,
    ...(verification_uri_complete !== undefined && {
      verificationUriComplete: verification_uri_complete,
    }),
    expiresAt: Date.now() + lifetime,
    tokens,
  };
}

interface Polling {
  readonly code: string;
  readonly seconds: number;
  /** When the code ends, by `performance.now()`. */
  readonly end: number;
}

async function poll(
  provider: Provider,
  given: Polling,
  giveUp: Cancellation,
): Promise<OAuth2Tokens> {
  const { code, end } = given;
  for (let { seconds } = given; ;) {
    const pause = Math.min(seconds * 1000, longestTimer);
    const left = end - performance.now();
    await wait(Math.min(pause, left), giveUp);
    // The clock is not asked again: by it a timer may be a part of a ms early.
    if (left <= pause)
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
        giveUp.signal,
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
