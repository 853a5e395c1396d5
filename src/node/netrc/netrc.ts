import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { frozen } from '../../options/null-prototype.ts';
import { basicValue, takeUserinfo } from '../../request/credentials.ts';
import { readHeaders } from '../../request/headers.ts';
import { callOf } from '../../request/session-request.ts';
import type { Auth, SessionRequest } from '../../types/middleware.ts';
import type { ResolvedOptions } from '../../types/resolved-options.ts';
import { findEntry } from './parse-netrc.ts';
import { type NetrcFile, readNetrc } from './read-netrc.ts';

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
 * others than its owner can read, or that is no netrc file, and for a login that Basic cannot hold.
 */
export function netrc(path?: string | URL): Auth {
  let reading: Promise<NetrcFile> | undefined;
  const read = (): Promise<NetrcFile> =>
    (reading ??= readNetrc(path).finally(() => (reading = undefined)));

  return async (request, next) => {
    const own = ownCredentials(request);
    if (own) return own(request, next);
    const file = await read();
    // Where there is no entry, the session's own header is as it is without a file.
    const others = request.headers.get('authorization') ?? undefined;
    const authorizeHop = ({ url }: { readonly url: URL }): string | undefined =>
      valueFor(file, url) ?? others;
    const value = authorizeHop(request);
    const headers = new Headers(request.headers);
    if (value !== undefined) headers.set('authorization', value);
    const options = frozen<ResolvedOptions>(request.options, { authorizeHop });
    return next({ ...request, headers, options });
  };
}

function valueFor({ path, entries }: NetrcFile, { hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  const { login, password } = findEntry(entries, host) ?? {};
  if (login === undefined && password === undefined) return undefined;
  try {
    return basicValue(login ?? '', password ?? '');
  } catch (cause) {
    throw new InvalidRequestError(
      `netrc(): what ${path} has for ${host} cannot be sent: a login has no colon, and ` +
        'neither it nor a password control characters',
      { cause },
    );
  }
}

/** A call's `auth` goes before its header and its URL; this one comes after them. */
function ownCredentials(request: SessionRequest): Auth | undefined {
  const { given, input, state } = callOf(request);
  if (given?.headers && readHeaders(given.headers).get('authorization')) return keepHeader;
  const text = typeof input === 'string' || input instanceof URL ? String(input) : input.url;
  return takeUserinfo(new URL(text, state.baseUrl));
}

const keepHeader: Auth = (request, next) => next(request);
