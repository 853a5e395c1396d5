/** A request as it is shown: by a command, an archive, a line. */
import { hasBrand } from '../../request/brand.ts';
import { isSecretName, redactField, redactUrl } from '../../request/redact.ts';
import { Sent, sentOf } from '../../request/sent-request.ts';
import { sentBy } from '../../request/session-request.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { SessionRequest } from '../../types/middleware.ts';
import type { RequestBody, SentRequest } from '../../types/request.ts';
import { redactText } from './redact-text.ts';

/** What can be shown: what was sent, what a middleware sees, or a response by what led to it. */
export type Showable = SessionResponse | SentRequest | SessionRequest;

export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Text may be redacted; `undefined` where the body is not known. */
  readonly body: RequestBody | undefined;
}

/** Of a request what may be shown: everything, or what is no secret. */
export function showRequest(of: Showable, secrets: boolean): ShownRequest {
  const sent = sentRequestOf(of);
  const { method, url } = sent;
  const body = sent instanceof Sent ? sent.body : undefined;
  const headers = [...sent.headers];
  if (secrets) return { method, url, headers, body };
  return {
    method,
    url: sent instanceof Sent ? sent.redact(url) : redactUrl(url),
    headers: headers.map(([name, value]) => [name, redactField(name, value)]),
    body: redactBody(body, sent.headers.get('content-type') ?? ''),
  };
}

function sentRequestOf(of: Showable): SentRequest {
  if (SessionResponse.is(of)) return sentOf(SessionResponse.stateOf(of).sent);
  return 'context' in of ? sentBy(of) : of;
}

/** A stream or a `Blob` is not shown, and so is as it was. */
function redactBody(body: RequestBody | undefined, type: string): RequestBody | undefined {
  if (typeof body === 'string') return redactText(body, type) ?? '[redacted]';
  if (body instanceof Uint8Array) return '[redacted]';
  return typeof body === 'object' && hasBrand(body, 'FormData') ? redactForm(body) : body;
}

function redactForm(form: FormData): FormData {
  const redacted = new FormData();
  for (const [name, value] of form) {
    if (typeof value !== 'string') redacted.append(name, value, value.name);
    else redacted.append(name, isSecretName(name) ? '[redacted]' : value);
  }
  return redacted;
}
