/**
 * An API with a login and with tokens that are renewed, as users of the tools have one.
 *
 * @module
 */
import { get, refresh, Session, type SessionOptions } from 'isosession';
import { onTestFinished } from 'vitest';
import { type Exchange, type Loopback, serve } from './loopback.ts';

/** A session and the API that it speaks to, until the test is over. */
export interface Started {
  readonly session: Session;
  readonly server: Loopback;
  /** A request that is never answered, once it has come. */
  readonly hanging: Promise<{ readonly closed: Promise<unknown> }>;
}

/**
 * Starts an API: `/login` sets a cookie, `/token` gives a new token, paths that have `slow` in
 * them are never answered, and the rest answers by a function.
 */
export async function start(
  answer: (exchange: Exchange) => unknown,
  options: SessionOptions = {},
): Promise<Started> {
  let hang: (request: { closed: Promise<unknown> }) => void;
  const hanging = new Promise<{ closed: Promise<unknown> }>((resolve) => (hang = resolve));
  const server = await serve((exchange) => {
    const { url, response, json } = exchange;
    if (url.pathname === '/login')
      return json({}, 200, { 'set-cookie': 'sid=1; Path=/; HttpOnly' });
    if (url.pathname === '/token') return json({ accessToken: 'new' });
    if (!url.href.includes('slow')) return answer(exchange);
    return hang({ closed: new Promise((resolve) => response.once('close', resolve)) });
  });
  const session = new Session({ baseUrl: server.origin, ...options });
  onTestFinished(async () => {
    await session.destroy();
    await server[Symbol.asyncDispose]();
  });
  return { session, server, hanging };
}

/** Logs in, so that the session has a cookie. */
export async function logIn({ session }: Started): Promise<void> {
  await session.post('login', { form: { user: 'ann', password: 'pass' } }).text();
}

/** Gives the session a token that the API does not take any more. */
export function useOldToken({ session, server }: Started): void {
  session.auth = refresh({
    load: () => ({ accessToken: 'old' }),
    renew: (_, signal) => get(`${server.origin}/token`, { signal }).json(),
  });
}

export const hasNewToken = ({ request }: Exchange): boolean =>
  request.headers.authorization === 'Bearer new';

/** How often the token was renewed. */
export const renewals = ({ server }: Started): number =>
  server.received.filter((line) => line === 'GET /token').length;
