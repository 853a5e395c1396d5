/** When a request whose connection has failed may be sent again. */
import type { Outgoing } from '../../model.ts';
import { isReplayable } from '../../request/body.ts';
import { isRepeatable } from '../../request/method.ts';
import { type CodedError, isInvalidRequest, isRefusedContinue } from './exchange-error.ts';

/**
 * Times that a call is repeated on reused sockets that the server had closed, before it gets a new
 * connection.
 */
const maxResends = 3;
/**
 * Times that a call is sent again when the server says that it has not looked at it: 100 at once
 * may meet a server that closes after every ten.
 */
const maxRefusals = 10;

/**
 * The server has not looked at the request, as it says itself: it may be sent again, whatever its
 * method (RFC 9113, section 8.7).
 */
export class RefusedError extends Error {}

/** The connection is not for the origin of the request (RFC 9110, section 15.5.20). */
class MisdirectedError extends RefusedError {}

export const isMisdirected = (error: unknown): boolean => error instanceof MisdirectedError;

/**
 * Whether a status says that the request was not processed: 421, as it came by a wrong connection;
 * 425, as somebody on its way has sent it on too early (RFC 8470, section 5.2).
 */
export const isRefusal = (status: number): boolean => status === 421 || status === 425;

/** One sending that has failed before an answer came. */
export interface FailedSending {
  readonly error: CodedError;
  /** The server may have seen it. */
  readonly written: boolean;
  /** Its body can be had again, or nothing of it was taken. */
  readonly isWhole: boolean;
  /** A byte of a response has come. */
  readonly answered: boolean;
  /** Its connection has carried a response, or it was sent behind another request. */
  readonly reused: boolean;
  /** It was queued behind another, whose failure took the connection with it. */
  readonly displaced: boolean;
}

/** How often the request of an exchange was sent again. */
export class Resends {
  readonly #request: Outgoing;
  #count = 0;
  /** By the status of a response: a second one is the answer. */
  #refusal: RefusedError | undefined;

  constructor(request: Outgoing) {
    this.#request = request;
  }

  /** @throws {RefusedError} for the first refusal of a request that can be sent again. */
  refuse(status: number): void {
    if (this.#refusal || !isReplayable(this.#request.body)) return;
    this.#refusal =
      status === 421
        ? new MisdirectedError('the request was misdirected')
        : new RefusedError('the request came too early');
    throw this.#refusal;
  }

  may(sending: FailedSending): boolean {
    const { error, written, reused, displaced } = sending;
    if (!this.#can(sending)) return false;
    // What nobody has looked at may be sent again whatever its method: an idle connection may end
    // before undici writes to it, which it does one turn of the loop later.
    const isUnseen = error instanceof RefusedError || (!written && (displaced || reused));
    if (isUnseen && this.#count < maxRefusals) return true;
    // What may have been looked at may be, where twice is as good as once.
    const { method, headers } = this.#request;
    if (!isRepeatable(method, headers) || this.#count > maxResends) return false;
    return displaced || (reused && written && isClosedSocket(error));
  }

  #can({ error, written, isWhole, answered }: FailedSending): boolean {
    if (answered && !isRefusedContinue(error) && error !== this.#refusal) return false;
    return written ? isWhole : !isInvalidRequest(error);
  }

  /** One more; whether it needs a connection that was not used before. */
  count(): boolean {
    return ++this.#count > maxResends || isMisdirected(this.#refusal);
  }
}

/** The server closed the socket, before or while the request went out. */
function isClosedSocket({ code }: CodedError): boolean {
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}
