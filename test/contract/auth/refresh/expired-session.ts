import {
  refresh,
  type RefreshOptions,
  type Session,
  type SessionOptions,
  type Tokens,
} from 'isosession';
import { inProcess, open, type Site } from '../../../support/contract.ts';

/** Tokens that the server's access check refuses, and its token endpoint takes once. */
export const expired: Tokens = { accessToken: 'a0', refreshToken: 'r0' };

/** Renews by the session itself, at the site's token endpoint. */
export const renewAt =
  (session: () => Session, route = 'renewal') =>
  (tokens: Tokens | undefined): Promise<Tokens> =>
    session()
      .post(route, { json: { refreshToken: tokens?.refreshToken }, auth: null, redirect: 'error' })
      .json<Tokens>();

/** Opens a session whose tokens have expired. */
export function openExpired(
  site: Site,
  options: Partial<RefreshOptions> = {},
  more: SessionOptions = {},
): Session {
  const session: Session = open({
    baseUrl: site.base,
    auth: refresh({ load: () => expired, renew: renewAt(() => session), ...options }),
    ...more,
  });
  return session;
}

/** The requests that came to one route. */
export const requestsTo = async (site: Site, route: string) =>
  (await site.requests()).filter((entry) => entry.route === route);

/** How often the tokens were renewed. */
export const countRenewals = async (site: Site) => (await requestsTo(site, 'renewal')).length;

/** A transport that answers 401 to every token but the given one. */
export const acceptOnly = (token: () => string) =>
  inProcess(
    ({ headers }) =>
      new Response(null, {
        status: headers.get('authorization') === `Bearer ${token()}` ? 200 : 401,
      }),
  );
