/** Spans and metrics by the stable semantic conventions of HTTP clients. */
import type { Attributes } from '@opentelemetry/api';
import { SessionError } from '../errors/session-error.ts';
import { sentBy } from '../request/session-request.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { SessionRequest } from '../types/middleware.ts';

const knownMethods: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);

/** A method that is not known may be anything, and a span's name has few values. */
export const spanName = ({ method }: SessionRequest): string =>
  knownMethods.has(method) ? method : 'HTTP';

/** What has few values: of metrics, and of spans as well. */
export function targetAttributes({ method, url }: SessionRequest): Attributes {
  return {
    'http.request.method': knownMethods.has(method) ? method : '_OTHER',
    'server.address': url.hostname,
    'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    'url.scheme': url.protocol.slice(0, -1),
  };
}

/** Of the span of a hop, to which so many others of its call have led. */
export function requestAttributes(request: SessionRequest, resends: number): Attributes {
  const { method, url } = request;
  return {
    ...targetAttributes(request),
    'url.full': sentBy(request).redact(url.href),
    ...(!knownMethods.has(method) && { 'http.request.method_original': method }),
    ...(resends > 0 && { 'http.request.resend_count': resends }),
  };
}

/** What has few values of how a hop has ended. */
export function responseAttributes({ status, connection }: SessionResponse): Attributes {
  return {
    'http.response.status_code': status,
    ...(status >= 400 && { 'error.type': String(status) }),
    ...(connection && { 'network.protocol.version': connection.httpVersion }),
  };
}

export function peerAttributes({ connection }: SessionResponse): Attributes {
  const { remoteAddress, remotePort } = connection ?? {};
  return {
    ...(remoteAddress !== undefined && { 'network.peer.address': remoteAddress }),
    ...(remotePort !== undefined && { 'network.peer.port': remotePort }),
  };
}

/** The message of an error that is none of ours may hold anything. */
export function errorAttributes(error: unknown): Attributes {
  if (SessionError.is(error)) return { 'error.type': error.code };
  return { 'error.type': error instanceof Error ? error.name : '_OTHER' };
}
