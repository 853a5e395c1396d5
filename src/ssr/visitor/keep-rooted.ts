import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Call } from '../../call/call.ts';
import { redactUrl } from '../../request/redact.ts';

/**
 * Refuses a relative input that leads to another origin than the base URL's, as `//host/` does: a
 * visitor's path may stand in it.
 */
export function keepRooted({ input, state }: Call, { origin }: URL): void {
  if (origin !== state.baseUrl?.origin && typeof input === 'string' && !URL.canParse(input)) {
    throw new InvalidRequestError(
      `"${redactUrl(input)}" is relative and leads away from baseUrl: call another origin by its whole URL`,
    );
  }
}
