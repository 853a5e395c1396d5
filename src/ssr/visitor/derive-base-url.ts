import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { headerOf, isWeb, type Visit } from './incoming.ts';

/** A host with or without a port, and nothing else that a URL could have around it. */
const host = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

/**
 * The origin that the visitor has called, if it is one of `allowed`: `host` or `host:port`, as a
 * `Host` header has it. `x-forwarded-host` and `forwarded` are never read, since anybody can send
 * them.
 */
export function deriveBaseUrl(visit: Visit, allowed: readonly string[]): string {
  const { request } = visit;
  const scheme = isWeb(request)
    ? new URL(request.url).protocol
    : request.socket.encrypted
      ? 'https:'
      : 'http:';
  const asked = isWeb(request)
    ? new URL(request.url).host
    : (headerOf(visit, 'host') ?? headerOf(visit, ':authority') ?? '');
  const origin = originOf(scheme, asked);
  if (origin && allowed.some((name) => originOf(scheme, name) === origin)) return origin;
  throw new InvalidRequestError(
    `The host ${JSON.stringify(asked.slice(0, 80))} that the visitor has called is not one of allowedHosts`,
  );
}

function originOf(scheme: string, name: string): string | undefined {
  const url = `${scheme}//${name}`;
  return host.test(name) && URL.canParse(url) ? new URL(url).origin : undefined;
}
