/** Headers that a proxy alone is sent: `proxy.headers`. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { record } from '../../options/kinds.ts';
import { type HeaderList, readHeaders } from '../../request/headers.ts';
import type { HeadersOption } from '../../types/request.ts';

/** What says how a request ends and where it goes is the library's own. */
const ownNames =
  /^(?:host|connection|keep-alive|content-length|te|trailer|transfer-encoding|upgrade|expect)$/;
/** A proxy hands these on with a request that it forwards. */
const targetNames = /^(?:authorization|cookie)$/;

/** @throws {InvalidRequestError} for a name that is not the caller's to set, and a bad value. */
export function readProxyHeaders(value: unknown, name: string): HeaderList | undefined {
  const list: HeaderList = [];
  for (const [header, text] of readHeaders(record(value, name) as HeadersOption)) {
    const what = `${name}: ${JSON.stringify(header)}`;
    if (text === null) throw new InvalidRequestError(`${what} must be a string`);
    if (ownNames.test(header))
      throw new InvalidRequestError(`${what} is set by the library itself: leave it out`);
    if (targetNames.test(header))
      throw new InvalidRequestError(
        `${what} would reach the target of http: URLs: a proxy's own is proxy-authorization`,
      );
    list.push(header, text);
  }
  return list.length > 0 ? list : undefined;
}
