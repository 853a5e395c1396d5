import { Cancellation } from '../cancellation/cancellation.ts';
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { sentOf } from '../request/sent-request.ts';
import { streamOf } from '../request/streams.ts';
import { SessionResponse } from '../response/session-response.ts';
import { StreamBody } from '../response/body/stream-body.ts';

/** Of the body of a page, so many bytes can be read twice. */
const keptOfPage = 2 ** 20;

/** Holds a page's body, and gives what makes it readable again where it has been read since. */
export async function keepPage(response: SessionResponse): Promise<(() => void) | undefined> {
  const state = SessionResponse.stateOf(response);
  const { source } = state;
  if (!source || source.used) return undefined;
  // A body that breaks off tells so to whoever reads it.
  const peeked = await source.peek(keptOfPage).catch(() => undefined);
  const chunks = peeked && [peeked.slice()];
  return () => {
    if (!source.used) return;
    const again = streamOf(
      () => {
        if (chunks) return chunks.shift();
        const problem = 'Of a page at most 1 MiB is read twice: read it in nextPage or in the loop';
        throw new InvalidRequestError(isDevelopment ? problem : 'nextPage');
      },
      () => {},
    );
    state.stream = undefined;
    state.source = new StreamBody(again, {
      timeout: 0,
      total: 0,
      cancellation: new Cancellation(),
      request: sentOf(state.sent),
      context: state.call.context,
    });
  };
}
