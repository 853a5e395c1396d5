/** The text of a body without secrets. */
import { isSecretName, redactUrl } from '../../request/redact.ts';

const json = /^[^;]*[/+]json\s*(?:;|$)/i;
const form = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * JSON and forms without the values whose name credentials have; `undefined` of any other text,
 * where nothing tells what is secret.
 */
export function redactText(text: string, type: string): string | undefined {
  if (form.test(type)) return redactUrl(`?${text}`).slice(1);
  if (!json.test(type)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text, redactValue));
  } catch {
    return undefined;
  }
}

function redactValue(name: string, value: unknown): unknown {
  if (isSecretName(name)) return '[redacted]';
  return typeof value === 'string' ? redactUrl(value) : value;
}
