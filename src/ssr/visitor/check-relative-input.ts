import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { redactRefused } from '../../request/redact.ts';

/**
 * Refuses a relative input that leads to another origin than its base's, as `//host/` does: a
 * visitor's path may stand in it.
 */
export function checkRelativeInput(
  input: string | URL,
  { origin }: URL,
  base: URL | undefined,
): void {
  if (origin === base?.origin) return;
  const text = String(input);
  if (URL.canParse(text)) return;
  throw new InvalidRequestError(
    `"${redactRefused(text)}" is relative and leads away from baseUrl: call another origin by ` +
      'its whole URL',
  );
}
