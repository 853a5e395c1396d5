import {
  eventStream,
  type EventStreamOptions,
  type ServerSentEvent,
  type Session,
} from 'isosession';
import { onTestFinished, vi } from 'vitest';
import { inProcess, type InProcess, open } from '../../support/contract.ts';

export const url = 'http://app.test/events';

/** Nothing is slept for: whoever sets a timer is called back in the next microtask. */
export function withoutWaits(): void {
  vi.stubGlobal('setTimeout', (run: () => void) => {
    queueMicrotask(run);
    return 0;
  });
  onTestFinished(() => void vi.unstubAllGlobals());
}

/** An event stream of these bytes, which ends, breaks off, or stays open. */
export function streamOf(
  given: string | Uint8Array,
  end: 'close' | 'break' | 'open' = 'close',
): Response {
  const bytes = typeof given === 'string' ? new TextEncoder().encode(given) : given;
  let isSent = bytes.length === 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (!isSent) controller.enqueue(bytes);
      else if (end === 'close') controller.close();
      else if (end === 'break') controller.error(new TypeError('connection reset'));
      isSent = true;
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

/** Answers with one response after another, then says that there is no more. */
export function answers(...all: (() => Response)[]): InProcess {
  return inProcess((_request, count) => all[count - 1]?.() ?? new Response(null, { status: 204 }));
}

/** A session that gives up no call by itself. */
export const over = (transport: InProcess): Session =>
  open({ transport, timeout: false, retry: 0 });

export async function all(
  session: Session,
  options?: EventStreamOptions,
): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of eventStream(session, url, options)) events.push(event);
  return events;
}

/** What each request was asked for last. */
export const askedAfter = ({ seen }: InProcess): (string | null)[] =>
  seen.map(({ headers }) => headers.get('last-event-id'));
