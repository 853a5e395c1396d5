/** Request headers as HTTP/2 has them. */
import type { OutgoingHttpHeaders } from 'node:http2';
import type { DispatchRequest } from '../exchange/dispatch-options.ts';
import { nullPrototype } from '../../options/null-prototype.ts';

/**
 * RFC 9113, section 8.2.2: what concerns one connection of HTTP/1.1 has no place in HTTP/2. `host`
 * becomes `:authority`, and a length is the body's own.
 */
const dropped = new Set([
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** Methods whose requests say that they have no body. */
const expectsBody = new Set(['POST', 'PUT', 'PATCH']);

/** `length`: bytes of the body, `undefined` when they are not known. */
export function toHttp2Headers(
  { method, path }: DispatchRequest,
  headers: readonly string[],
  authority: string,
  length: number | undefined,
): OutgoingHttpHeaders {
  const result = nullPrototype<OutgoingHttpHeaders>({
    ':method': method,
    ':scheme': 'https',
    ':authority': authority,
    ':path': path,
  });
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]];
    if (name === 'host') result[':authority'] = value;
    if (!dropped.has(name)) result[name] = value;
  }
  if (length || (length === 0 && expectsBody.has(method)))
    result['content-length'] = String(length);
  return result;
}
