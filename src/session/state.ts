/** A session from the inside. */
import type { CallContext } from '../types/context.ts';
import type { SessionCookies } from '../types/cookies.ts';
import type { Hooks } from '../types/hooks.ts';
import type { Auth, Middleware } from '../types/middleware.ts';
import type { ResolvedOptions } from '../types/resolved-options.ts';
import type { Transport } from '../types/transport.ts';
import type { Call } from '../call/call.ts';
import type { SafeHeaders } from '../request/headers.ts';
import type { CookieLayer, Environment, Platform } from './platform.ts';
import type { Outgoing } from '../request/outgoing.ts';
import type { SessionResponse } from '../response/session-response.ts';

/** The next layer towards the transport. */
export type Handler = (request: Outgoing) => Promise<SessionResponse>;

/** The transport that a family of sessions shares. */
export interface Connections {
  /** By the `transport` option. */
  readonly given: Transport | undefined;
  /** The platform's, made when the first call needs it. */
  made: Transport | undefined;
  closed: boolean;
}

/**
 * Where a session has its state for what stands beside it: functions of other entries that are no
 * members.
 */
export const inside = Symbol();

export interface SessionState {
  readonly platform: Platform;
  readonly headers: SafeHeaders;
  readonly searchParams: URLSearchParams;
  cookies: SessionCookies | undefined;
  /** Around every hop: the platform's, or that of a forwarded session. */
  cookieLayer: CookieLayer | undefined;
  baseUrl: URL | undefined;
  /** Throws for a call whose input may not lead to this URL. */
  refuse: ((call: Call, url: URL) => void) | undefined;
  /** The origins in the scope of the session's credentials; `undefined`: every origin. */
  scope: ReadonlySet<string> | undefined;
  origins: readonly string[];
  auth: Auth | undefined;
  options: ResolvedOptions;
  context: CallContext | undefined;
  hooks: Hooks;
  readonly middleware: Middleware[];
  /** By prefix, the longest first; `mount` makes it anew, as children have it too. */
  mounts: ReadonlyMap<string, Transport>;
  readonly connections: Connections;
  readonly environment: Environment | undefined;
  /** What ends with this session. */
  readonly owned: Set<Pick<Transport, 'close' | 'destroy'>>;
  /** The head of the calls that are awaited, or whose bodies are still open. */
  newest: Call | undefined;
  closed: boolean;
  /** The composed onion, kept until `use` changes it. */
  chain: Handler | undefined;
  /** Code of the user's stands in it, which need not end when the call is ended. */
  foreign: boolean;
  /** Told when a call and its body have ended. */
  onCallEnd: (() => void) | undefined;
}

/** Whether later calls are refused. A child ends with the session whose connections it shares. */
export function isClosed({ closed, connections }: SessionState): boolean {
  return closed || connections.closed;
}

/** Whether what the session adds by default may go to this origin. */
export function inScope(state: SessionState, origin: string): boolean {
  return state.scope?.has(origin) ?? true;
}
