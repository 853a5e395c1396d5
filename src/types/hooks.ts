import type { SessionResponse } from '../response/session-response.ts';
import type { Awaitable, CallContext } from './context.ts';
import type { SessionRequest } from './middleware.ts';

/** What a hook is given about the call: its own records, whose headers it may change. */
export interface HookState {
  request: SessionRequest;
  context: CallContext;
}

/** Functions around a call; each list runs in order. */
export interface Hooks {
  /**
   * Once per call, before it is sent. May change `request.headers`; a returned `Response` is used
   * instead of sending.
   */
  beforeRequest?: readonly ((state: HookState) => Awaitable<Response | void>)[] | undefined;
  /** Once per call, with its final response. A returned `Response` takes its place. */
  afterResponse?:
    | readonly ((state: HookState & { response: SessionResponse }) => Awaitable<Response | void>)[]
    | undefined;
  /** Once per call that rejects. A returned error takes its place. */
  beforeError?:
    readonly ((state: HookState & { error: unknown }) => Awaitable<Error | void>)[] | undefined;
  /** Before each retry, after its wait was decided and before it is slept; `delay` in ms. */
  beforeRetry?:
    | readonly ((
        state: HookState & {
          response?: SessionResponse;
          error?: unknown;
          attempt: number;
          delay: number;
        },
      ) => Awaitable<void>)[]
    | undefined;
}
