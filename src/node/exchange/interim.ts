/** Interim responses: those before the final one (RFC 9110, section 15.2). */
import type { Outgoing } from '../../model.ts';
import { toHeaders } from '../response/undici-response.ts';
import type { ExchangeController } from './exchange-channel.ts';

/** Interim responses that are let pass; curl and browsers stop too. */
const maxInformational = 100;

/** @throws for an interim response that breaks the protocol, or is one of too many. */
export function checkInterim(status: number, count: number): void {
  if (status < 100)
    throw new Error(`the response has the status ${status}, and there is none below 100`);
  if (count > maxInformational) throw new Error(`more than ${maxInformational} interim responses`);
}

/** An exchange whose final response is still to come. */
interface Waiting {
  readonly request: Outgoing;
  cancel(reason: unknown): void;
}

/** Tells the caller of one. What their callback throws ends the call. */
export function tellInterim(
  waiting: Waiting,
  status: number,
  { rawHeaders }: ExchangeController,
): void {
  const { onInformation } = waiting.request.options;
  if (!onInformation) return;
  try {
    onInformation({ status: givenStatus(status), headers: toHeaders(rawHeaders) });
  } catch (error) {
    waiting.cancel(error);
  }
}

/** A 100 has come by undici as a 109, which nobody has given a meaning (`InterimResponses`). */
const givenStatus = (status: number): number => (status === 109 ? 100 : status);
