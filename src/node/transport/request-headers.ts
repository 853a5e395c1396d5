/** The headers of a request, as the transport looks at them: in one pass, as every call has them. */
import type { HeaderList } from '../../request/headers.ts';
import { acceptEncoding } from '../body/codings.ts';
import type { Upload } from '../body/upload.ts';

/** What one pass over the headers has found. */
export interface FoundHeaders {
  host: string | undefined;
  proxyAuthorization: string | undefined;
  hasRange: boolean;
  hasContentType: boolean;
  hasContentLength: boolean;
  /** The index of `accept-encoding`, where it is our own default. */
  defaultEncodingAt: number;
}

export function scanHeaders(list: HeaderList): FoundHeaders {
  const found: FoundHeaders = {
    host: undefined,
    proxyAuthorization: undefined,
    hasRange: false,
    hasContentType: false,
    hasContentLength: false,
    defaultEncodingAt: -1,
  };
  for (let i = 0; i < list.length; i += 2) {
    switch (list[i]) {
      case 'host':
        found.host = list[i + 1];
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
        found.hasContentLength = true;
        break;
      case 'accept-encoding':
        if (list[i + 1] === acceptEncoding) found.defaultEncodingAt = i;
        break;
      default:
    }
  }
  return found;
}

/** The list with what the transport adds, or the same list. */
export function completeHeaders(
  list: HeaderList,
  found: FoundHeaders,
  { contentType, contentLength }: Upload,
): HeaderList {
  let headers = list;
  if (contentType !== undefined && !found.hasContentType)
    headers = [...headers, 'content-type', contentType];
  if (contentLength !== undefined && !found.hasContentLength)
    headers = [...headers, 'content-length', String(contentLength)];
  // A part of what is compressed cannot be decoded (Fetch standard, HTTP-network-or-cache fetch).
  if (found.hasRange && found.defaultEncodingAt >= 0) {
    headers = [...headers];
    headers[found.defaultEncodingAt + 1] = 'identity';
  }
  return headers;
}
