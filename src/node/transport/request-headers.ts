/** The headers of a request, between the caller and undici. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Outgoing } from '../../model.ts';
import { filterHeaders, type HeaderList } from '../../request/headers.ts';
import { sentOf } from '../../request/sent-request.ts';
import { ofConnection, refuseFraming } from '../../transports/framing.ts';
import { acceptEncoding } from '../body/codings.ts';
import type { Upload } from '../upload/upload.ts';

/** RFC 9110, section 7.2, without the comma that several hosts would be joined by. */
const oneHost = /^(?:\[[\da-f:.]+\]|[\w.~%!$&'()*+;=-]*)(?::\d*)?$/i;

/** What one pass over the headers has found. */
export interface FoundHeaders {
  /** Some belong to one connection of HTTP/1.1. */
  isOfConnection: boolean;
  host: string | undefined;
  contentLength: string | undefined;
  proxyAuthorization: string | undefined;
  hasRange: boolean;
  hasContentType: boolean;
  /** The index of `accept-encoding`, where it is our own default. */
  defaultEncodingAt: number;
}

/** @throws {InvalidRequestError} for what would make another request of this one. */
export function scanHeaders(given: Outgoing): FoundHeaders {
  const list = given.headers;
  const found: FoundHeaders = {
    isOfConnection: false,
    host: undefined,
    contentLength: undefined,
    proxyAuthorization: undefined,
    hasRange: false,
    hasContentType: false,
    defaultEncodingAt: -1,
  };
  for (let i = 0; i < list.length; i += 2) {
    switch (list[i]) {
      case 'host':
        found.host = list[i + 1];
        refuseHosts(list[i + 1], given);
        break;
      case 'proxy-authorization':
        found.proxyAuthorization = list[i + 1];
        break;
      case 'range':
        found.hasRange = true;
        break;
      case 'content-type':
        found.hasContentType = true;
        break;
      case 'content-length':
        found.contentLength = list[i + 1];
        break;
      case 'transfer-encoding':
        refuseFraming('transfer-encoding');
        break;
      case 'accept-encoding':
        if (list[i + 1] === acceptEncoding) found.defaultEncodingAt = i;
        break;
      default:
        if (ofConnection.has(list[i])) found.isOfConnection = true;
    }
  }
  return found;
}

function refuseHosts(host: string | undefined, given: Outgoing): void {
  if (host !== undefined && !oneHost.test(host))
    throw new InvalidRequestError('The header "host" must be one host, with or without a port', {
      request: sentOf(given),
    });
}

/** The list with what the transport adds, or the same list. */
export function completeHeaders(
  list: HeaderList,
  found: FoundHeaders,
  { body, contentType, contentLength }: Upload,
): HeaderList {
  let headers = list;
  if (contentType !== undefined && !found.hasContentType)
    headers = [...headers, 'content-type', contentType];
  if (contentLength !== undefined && found.contentLength === undefined)
    headers = [...headers, 'content-length', String(contentLength)];
  // A part of what is compressed cannot be decoded (Fetch standard, HTTP-network-or-cache fetch).
  if (found.hasRange && found.defaultEncodingAt >= 0) {
    headers = [...headers];
    headers[found.defaultEncodingAt + 1] = 'identity';
  }
  const isIdleLength = found.contentLength !== undefined && body === null;
  if (!found.isOfConnection && !isIdleLength) return headers;
  return filterHeaders(
    headers,
    (name) => !ofConnection.has(name) && !(isIdleLength && name === 'content-length'),
  );
}

/** Where no proxy stands between, the origin would see what is meant for one. */
export function withoutProxyAuthorization(list: HeaderList): HeaderList {
  return filterHeaders(list, (name) => name !== 'proxy-authorization');
}
