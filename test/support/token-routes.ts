/**
 * An authorisation server with rotation and reuse detection, and what it protects. The nth tokens
 * of a folder are `a<n>` and `r<n>`, of which `a0` has expired.
 *
 * @module
 */
import type { Route } from './routes.ts';

/** The value of a cookie. */
const cookie = (header: string | undefined, name: string): string | undefined =>
  new RegExp(`(?:^|; )${name}=([^;]*)`).exec(header ?? '')?.[1];

export const tokenRoutes: Record<string, Route> = {
  /**
   * POST `{refreshToken}`, or `?cookies=1`: the next tokens. One that was used before revokes all.
   * `?key=` holds the answer back, whose asker may go away without a rotation.
   */
  renewal: async ({ json, query, entry, folder: { counts }, gate, request, response }) => {
    const key = query.get('key');
    if (key !== null) await gate(key);
    if (response.destroyed) return;
    const inCookies = query.has('cookies');
    const given = inCookies
      ? (cookie(request.headers.cookie, 'refresh') ?? 'r0')
      : (JSON.parse(entry.body) as { refreshToken?: string }).refreshToken;
    const n = counts.get('tokens') ?? 0;
    if (counts.has('revoked') || given !== `r${n}`) {
      counts.set('revoked', 1);
      return json({ error: 'invalid_grant' }, 400);
    }
    counts.set('tokens', n + 1);
    const [accessToken, refreshToken] = [`a${n + 1}`, `r${n + 1}`];
    if (inCookies)
      json({}, 200, [
        ['set-cookie', `access=${accessToken}; HttpOnly`],
        ['set-cookie', `refresh=${refreshToken}; HttpOnly`],
      ]);
    else json({ accessToken, refreshToken });
  },

  /**
   * For whom has the newest access token, by header or cookie. `?key=` holds back an answer that
   * has been decided.
   */
  private: async ({ json, query, folder: { counts }, gate, request, entry }) => {
    const n = counts.get('tokens') ?? 0;
    const given =
      request.headers.authorization?.replace('Bearer ', '') ??
      cookie(request.headers.cookie, 'access');
    const isRight = given === `a${n}` && n > (counts.get('expired') ?? 0) && !counts.has('revoked');
    const key = query.get('key');
    if (key !== null) await gate(key);
    json(
      isRight ? { token: given, body: entry.body } : { error: 'invalid_token' },
      isRight ? 200 : 401,
    );
  },

  /** The newest access token holds no longer. */
  expire: ({ json, folder: { counts } }) => {
    counts.set('expired', counts.get('tokens') ?? 0);
    json({});
  },
};
