import { hidden, type Redaction } from '../../har/redaction.ts';
import { isSecretName, redactField, redactUrl } from '../../request/redact.ts';

/** What is taken out of a recording besides the credentials that are known by their names. */
export interface RedactRules {
  /** Names of further headers, parameters and fields whose values are secrets. */
  names?: readonly string[] | undefined;
  /**
   * Names of headers and fields whose values are kept though they may be secrets: a header reads
   * `[redacted]` unless it is known to be harmless.
   */
  keep?: readonly string[] | undefined;
  /**
   * Gives what is kept of a text that is neither JSON nor a form, such as a page; by default, it is
   * left out, as nothing tells what is secret in it.
   */
  body?: ((text: string, type: string) => string | undefined) | undefined;
}

export function redactionBy({ names = [], keep = [], body }: RedactRules): Redaction {
  const secret = new Set(names.map((name) => name.toLowerCase()));
  const kept = new Set(keep.map((name) => name.toLowerCase()));
  const parameters = new URLSearchParams(names.map((name) => [name, '']));
  const url = (text: string): string => redactUrl(text, parameters);
  return {
    url,
    header(name, value) {
      if (secret.has(name)) return hidden;
      // A URL ends where a `Link` closes it.
      return kept.has(name) ? value.replace(/[^<>"]+/g, url) : redactField(name, value);
    },
    isSecret(name) {
      const lower = name.toLowerCase();
      return secret.has(lower) || (isSecretName(name) && !kept.has(lower));
    },
    text: (text, type) => body?.(text, type),
  };
}
