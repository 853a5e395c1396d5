import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { VisitorRequest } from '../incoming/visitor-request.ts';

/** A host with or without a port, and nothing else that a URL could have around it. */
const hostPattern = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

/**
 * The origin that the visitor has called, if it is one of `allowed`: `host` or `host:port`, as a
 * `Host` header has it. `x-forwarded-host` and `forwarded` are never read, since anybody can send
 * them.
 *
 * @param relative the parent's `baseUrl`, which stands below that origin
 */
export function deriveBaseUrl(
  visitor: VisitorRequest,
  allowed: readonly string[],
  relative = '',
): URL {
  const { protocol, host } = visitor.target();
  const origin = originOf(protocol, host);
  if (origin && allowed.some((name) => originOf(protocol, name) === origin))
    return new URL(relative, origin);
  throw new InvalidRequestError(
    `The host ${JSON.stringify(host.slice(0, 80))} that the visitor has called is not one of ` +
      'allowedHosts',
  );
}

function originOf(protocol: string, host: string): string | undefined {
  const url = `${protocol}//${host}`;
  return hostPattern.test(host) && URL.canParse(url) ? new URL(url).origin : undefined;
}
