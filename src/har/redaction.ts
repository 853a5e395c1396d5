/** How secrets are taken out of what an archive holds. */
import { hasBrand } from '../request/host/brand.ts';
import { isSecretName, redactField, redactUrl } from '../request/redact.ts';
import type { RequestBody } from '../types/request.ts';

const json = /^[^;]*[/+]json\s*(?:;|$)/i;
const form = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** What stands in the place of a secret. */
export const hidden = '[redacted]';

/** Whether a content-type is one of JSON. */
export const isJsonType = (type: string): boolean => json.test(type);

/** A way to take secrets out. */
export interface Redaction {
  /** Of a URL, or of text that holds some. */
  url(text: string): string;
  /** Of the value of a header, its name in lower case. */
  header(name: string, value: string): string;
  /** Whether a field of JSON or of a form with files has a secret as its value. */
  isSecret(name: string): boolean;
  /** Of text that is neither JSON nor a form, where nothing tells what is secret in it. */
  text(text: string, type: string): string | undefined;
}

/** By the names that credentials have; other text is not shown. */
export const redaction: Redaction = {
  url: (text) => redactUrl(text),
  header: redactField,
  isSecret: isSecretName,
  text: () => undefined,
};

/** A body's text without secrets; `undefined` where nothing tells what is secret in it. */
export function redactText(text: string, type: string, by: Redaction): string | undefined {
  if (form.test(type)) return by.url(`?${text}`).slice(1);
  if (!isJsonType(type)) return by.text(text, type);
  const redactValue = (name: string, value: unknown): unknown => {
    if (by.isSecret(name)) return hidden;
    return typeof value === 'string' ? by.url(value) : value;
  };
  try {
    return JSON.stringify(JSON.parse(text, redactValue));
  } catch {
    return by.text(text, type);
  }
}

/** A stream or a `Blob` is not shown, and so is as it was. */
export function redactBody(
  body: RequestBody | undefined,
  type: string,
  by: Redaction,
): RequestBody | undefined {
  if (typeof body === 'string') return redactText(body, type, by) ?? hidden;
  if (body instanceof Uint8Array) return hidden;
  return typeof body === 'object' && hasBrand(body, 'FormData') ? redactForm(body, by) : body;
}

function redactForm(given: FormData, { isSecret }: Redaction): FormData {
  const redacted = new FormData();
  for (const [name, value] of given) {
    if (typeof value !== 'string') redacted.append(name, value, value.name);
    else redacted.append(name, isSecret(name) ? hidden : value);
  }
  return redacted;
}
