/** When a request whose connection has failed may be sent again. */

/**
 * Times that a call is repeated on reused sockets that the server had closed, before it gets a new
 * connection.
 */
export const maxResends = 3;
/**
 * Times that a call is sent again when the server says that it has not looked at it: 100 at once
 * may meet a server that closes after every ten.
 */
const maxRefusals = 10;
/** RFC 9110, section 9.2.2; QUERY by its own draft. */
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']);

/**
 * The server has not looked at the request, as it says itself: it may be sent again, whatever its
 * method (RFC 9113, section 8.7).
 */
export class RefusedError extends Error {}

/** One sending that has failed before an answer came. */
export interface FailedSending {
  readonly error: Error & { readonly code?: string };
  readonly method: string;
  /** The server may have seen it. */
  readonly written: boolean;
  /** Its connection has carried a response, or it was sent behind another request. */
  readonly reused: boolean;
  /** It was queued behind another, whose failure took the connection with it. */
  readonly displaced: boolean;
  /** Times that it was sent again already. */
  readonly resends: number;
}

export function mayResend(sending: FailedSending): boolean {
  const { error, method, written, reused, displaced, resends } = sending;
  // What nobody has looked at may be sent again whatever its method: an idle connection may end
  // before undici writes to it, which it does one turn of the loop later.
  const isUnseen = error instanceof RefusedError || (!written && (displaced || reused));
  if (isUnseen && resends < maxRefusals) return true;
  // What may have been looked at may be, where twice is as good as once.
  if (!idempotent.has(method) || resends > maxResends) return false;
  return displaced || (reused && written && isClosedSocket(error));
}

/** The server closed the socket, before or while the request went out. */
function isClosedSocket({ code }: FailedSending['error']): boolean {
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}
