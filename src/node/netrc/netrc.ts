import { frozen } from '../../options/null-prototype.ts';
import { basicValue, takeUserinfo } from '../../request/credentials.ts';
import { readHeaders } from '../../request/headers.ts';
import { callOf } from '../../request/session-request.ts';
import type { Auth, SessionRequest } from '../../types/middleware.ts';
import type { ResolvedOptions } from '../../types/resolved-options.ts';
import { findEntry, type NetrcEntry } from './parse-netrc.ts';
import { readNetrc } from './read-netrc.ts';

/**
 * Basic credentials from a netrc file, by the exact host of each hop: a redirect to another host in
 * the session's scope carries that host's own, if there are any. The file is read for each call, so
 * that a password may change; calls at once share a reading. A call with an `authorization` header
 * or a URL with credentials keeps them.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { netrc } from 'isosession/node';
 *
 * const api = new Session({ baseUrl: 'https://api.example.com/', auth: netrc() });
 * ```
 *
 * @param path default: `NETRC` of the environment, else `~/.netrc` (on Windows `~/_netrc`), which
 * need not be there.
 * @throws {InvalidRequestError} from the call, for a file that is named and cannot be read, that
 * others than its owner can read, or that is no netrc file.
 */
export function netrc(path?: string | URL): Auth {
  let reading: Promise<NetrcEntry[]> | undefined;
  const read = (): Promise<NetrcEntry[]> =>
    (reading ??= readNetrc(path).finally(() => (reading = undefined)));

  return async (request, next) => {
    const own = ownCredentials(request);
    if (own) return own(request, next);
    const entries = await read();
    const authorizeHop = ({ url }: { readonly url: URL }): string | undefined =>
      valueFor(entries, url);
    const value = authorizeHop(request);
    const headers = new Headers(request.headers);
    if (value !== undefined) headers.set('authorization', value);
    const options = frozen<ResolvedOptions>(request.options, { authorizeHop });
    return next({ ...request, headers, options });
  };
}

function valueFor(entries: readonly NetrcEntry[], { hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  const { login, password } = findEntry(entries, host) ?? {};
  if (login === undefined && password === undefined) return undefined;
  return basicValue(login ?? '', password ?? '');
}

/** A call's `auth` goes before its header and its URL; this one comes after them. */
function ownCredentials(request: SessionRequest): Auth | undefined {
  const { given, input, state } = callOf(request);
  if (given?.headers && readHeaders(given.headers).get('authorization')) return keepHeader;
  const text = typeof input === 'string' || input instanceof URL ? String(input) : input.url;
  return takeUserinfo(new URL(text, state.baseUrl));
}

const keepHeader: Auth = (request, next) => next(request);
