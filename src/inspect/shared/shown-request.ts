/** A request as it is shown: by a command, an archive, a line. */
import { showKnown, type ShownRequest } from '../../har/har-request.ts';
import { redaction } from '../../har/redaction.ts';
import { redactUrl } from '../../request/redact.ts';
import { isSent, sentOf } from '../../request/sent-request.ts';
import { sentBy } from '../../request/session-request.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { SessionRequest } from '../../types/middleware.ts';
import type { SentRequest } from '../../types/request.ts';

/** What can be shown: what was sent, what a middleware sees, or a response by what led to it. */
export type Showable = SessionResponse | SentRequest | SessionRequest;

/** Of a request what may be shown: everything, or what is no secret. */
export function showRequest(of: Showable, secrets: boolean): ShownRequest {
  const sent = sentRequestOf(of);
  const { method, url, headers } = sent;
  const body = isSent(sent) ? sent.body : undefined;
  const redact = (text: string): string => (isSent(sent) ? sent.redact(text) : redactUrl(text));
  return showKnown(
    { method, url, headers, body },
    secrets ? undefined : { ...redaction, url: redact },
  );
}

function sentRequestOf(of: Showable): SentRequest {
  if (SessionResponse.is(of)) return sentOf(SessionResponse.stateOf(of).sent);
  return 'context' in of ? sentBy(of) : of;
}
