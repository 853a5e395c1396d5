import { Cancellation, type Cancellable } from '../../cancellation/cancellation.ts';
import { Deadline } from '../../cancellation/deadline.ts';
import type { Handler, Outgoing } from '../../model.ts';
import { sentOf } from '../../request/sent-request.ts';
import type { Bytes } from '../../request/streams.ts';
import { SessionResponse } from '../../response/session-response.ts';
import { StreamBody } from '../../response/body/stream-body.ts';
import { discard, wrapResponse } from '../../response/wrap-response.ts';

/** What a shared body may take in memory; of a larger one each caller has a request of its own. */
const maxShared = 2 ** 20;

/** ms after the headers. Who waits for a body that is not here by then asks for it by itself. */
const patience = 1_000;

/** What all callers are given: a head, and the whole body. */
interface Shared {
  readonly response: SessionResponse;
  readonly body: Bytes;
}

/**
 * A request under way that several callers may share. It ends with the last of them: until another
 * one joins, with its first.
 */
export class Flight extends Cancellation {
  /** As its first caller has asked. */
  readonly request: Outgoing;
  /** Callers that wait, but for the first. */
  #waiting = 0;
  #shared: Promise<Shared | undefined> | undefined;
  #settle: ((shared: Shared | Promise<Shared | undefined> | undefined) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;
  /** Rejects what the first caller waits for. */
  #release: ((reason: unknown) => void) | undefined;
  /** Why the first caller has gone, while others wait. */
  #left: { readonly reason: unknown } | undefined;

  constructor(request: Outgoing) {
    super();
    this.request = request;
  }

  /** The response of the first caller. `onHeaders`: from then on nobody may join. */
  lead(next: Handler, onHeaders: () => void): Promise<SessionResponse> {
    return new Promise((resolve, reject) => {
      this.#release = reject;
      this.#send(next, onHeaders).then(
        (response) => {
          onHeaders();
          resolve(this.#waiting > 0 ? this.#divide(response) : response);
        },
        (error: unknown) => {
          onHeaders();
          this.#fail?.(error);
          reject(error);
        },
      );
    });
  }

  /** What throws at once has no headers. */
  #send(next: Handler, onHeaders: () => void): Promise<SessionResponse> {
    try {
      return next({ ...this.request, cancellation: this });
    } catch (error) {
      onHeaders();
      throw error;
    }
  }

  /** The response of a further caller; `undefined`: it needs a request of its own. */
  async join(request: Outgoing): Promise<SessionResponse | undefined> {
    this.#waiting++;
    this.#shared ??= new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    try {
      const shared = await request.cancellation.within(this.#shared);
      return shared && responseFor(request, shared);
    } finally {
      this.#waiting--;
      if (this.#left && this.#waiting === 0) super.cancel(this.#left.reason);
    }
  }

  /** The response as the first caller reads it, which is no matter of the others any more. */
  #divide(response: SessionResponse): SessionResponse {
    const { cancellation, call } = this.request;
    const copy = response.clone();
    const state = SessionResponse.stateOf(response);
    if (state.source) {
      const rules = { timeout: 0, total: 0, cancellation, context: call.context };
      state.source = new StreamBody(state.source.stream(), {
        ...rules,
        request: sentOf(state.sent),
      });
    }
    this.#settle?.(wholeBody(copy).then((body) => body && { response, body }));
    if (this.#left) discard(response);
    return response;
  }

  override cancel(reason: unknown): void {
    if (this.#waiting === 0) {
      super.cancel(reason);
      return;
    }
    this.#left = { reason };
    this.#release?.(reason);
  }

  /** While something is under way, it hangs on the first caller. */
  override attach(cancellable: Cancellable): void {
    if (this.idle && !this.aborted && !this.#left) this.request.cancellation.attach(this);
    super.attach(cancellable);
  }

  override onIdle(): void {
    this.request.cancellation.detach(this);
  }

  override catchUp(): void {
    const { cancellation } = this.request;
    cancellation.catchUp();
    if (cancellation.aborted && !this.#left) this.cancel(cancellation.reason);
  }
}

/** A body that is small and here soon; `undefined`: it is not, or it is a stream of events. */
async function wholeBody(response: SessionResponse): Promise<Bytes | undefined> {
  const { source } = SessionResponse.stateOf(response);
  if (!source) return new Uint8Array();
  let expire!: () => void;
  const late = new Promise<undefined>((resolve) => (expire = () => resolve(undefined)));
  const deadline = new Deadline({ expire });
  deadline.arm(patience);
  try {
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    const body = isStream ? undefined : await Promise.race([source.peek(maxShared), late]);
    return body && new Uint8Array(body);
  } catch {
    // It broke off: who waits for it asks again.
    return undefined;
  } finally {
    deadline.disarm();
    source.discard();
  }
}

/** A response of a caller's own. */
function responseFor(request: Outgoing, { response, body }: Shared): SessionResponse | undefined {
  const { status, statusText, headers, url, redirected, history } = response;
  // What no `Response` of the host can be has a request of its own.
  if (status > 599) return undefined;
  const hasBody = body.length > 0;
  const own = wrapResponse(
    new Response(hasBody ? new Uint8Array(body) : null, { status, statusText, headers }),
    request,
  );
  const { cookies, unreadCookies, setCookies, elapsed } = SessionResponse.stateOf(response);
  const known = { url, redirected, history, cookies, unreadCookies, setCookies, elapsed };
  Object.assign(SessionResponse.stateOf(own), known);
  return own;
}
