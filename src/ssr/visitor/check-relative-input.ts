import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { SessionState } from '../../model.ts';
import { redactRefused } from '../../request/redact.ts';

/**
 * Refuses a relative input that leads to another origin than the base URL's, as `//host/` does: a
 * visitor's path may stand in it.
 */
export function checkRelativeInput(
  input: string | URL | Request,
  { origin }: URL,
  { baseUrl }: SessionState,
): void {
  if (origin === baseUrl?.origin) return;
  const isRelative = typeof input === 'string' && !URL.canParse(input);
  if (!isRelative) return;
  throw new InvalidRequestError(
    `"${redactRefused(input)}" is relative and leads away from baseUrl: call another origin by its ` +
      'whole URL',
  );
}
