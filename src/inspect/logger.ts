/** What a session does, line by line. */
import { SessionError } from '../errors/session-error.ts';
import type { Session } from '../index.browser.ts';
import { func } from '../options/kinds.ts';
import { SessionResponse } from '../response/session-response.ts';
import type { Middleware, SessionRequest } from '../types/middleware.ts';
import type { ConnectionInfo, ResponseTimings } from '../types/response.ts';
import { around } from './shared/around.ts';
import { showRequest } from './shared/shown-request.ts';

/** One line as data, without secrets. */
export interface LogRecord {
  /** In upper case where HTTP defines it. */
  readonly method: string;
  /** Absolute; credentials in its query read `[redacted]`. */
  readonly url: string;
  /** `undefined` where no response has come. */
  readonly status?: number;
  /** ms until there was a response or an error. */
  readonly ms: number;
  /** The attempt, from 1; of a call how many it took. */
  readonly attempt: number;
  /** The redirects that led here. */
  readonly hop: number;
  /** Where the time went, but for the body, which is still to come; in Node. */
  readonly timings?: ResponseTimings;
  /** The connection that it ran on; in Node. */
  readonly connection?: ConnectionInfo;
  /** Why there is no response; the message of an error that is none of ours is not told. */
  readonly error?: LoggedError;
}

/** Why there is no response. */
export interface LoggedError {
  /** That of its class. */
  readonly name: string;
  /** That of a `SessionError`. */
  readonly code?: string;
  /** Of a `SessionError`, without secrets. */
  readonly message?: string;
}

/** Options of {@link logger}. */
export interface LoggerOptions {
  /**
   * A line for each hop, which is each redirect and each attempt; or for each call.
   *
   * @default 'hop'
   */
  level?: 'hop' | 'call' | undefined;
  /**
   * Takes a line, and what it says as data.
   *
   * @default console.log(line)
   */
  log?: ((line: string, record: LogRecord) => void) | undefined;
}

/**
 * Writes a line for every hop of a session, or every call, when its headers have come or it has
 * failed, without secrets. It holds for children that the session has from then on. To dispose of
 * it ends it.
 *
 * @example
 * ```ts
 * import { logger } from 'isosession/inspect';
 *
 * using _ = logger(session); // GET https://example.com/ 200 31.4 ms (HTTP/1.1, new connection)
 * ```
 *
 * @example
 * ```ts
 * import { logger } from 'isosession/inspect';
 *
 * declare const pino: { info(record: object, line: string): void };
 * using _ = logger(session, { log: (line, record) => pino.info({ http: record }, line) });
 * ```
 */
export function logger(
  session: Session,
  { level = 'hop', log = print }: LoggerOptions = {},
): Disposable {
  func(log, 'log');
  const watch: Middleware = async (request, next) => {
    const start = performance.now();
    const tell = (outcome: SessionResponse | Failure): void => {
      const record = recordOf(request, outcome, performance.now() - start);
      log(lineOf(record), record);
    };
    let response;
    try {
      response = await next(request);
    } catch (error) {
      tell({ error });
      throw error;
    }
    tell(response);
    return response;
  };
  return { [Symbol.dispose]: around(session, level, watch) };
}

function print(line: string): void {
  console.log(line);
}

/** What somebody threw, which may be anything. */
interface Failure {
  readonly error: unknown;
}

function recordOf(
  request: SessionRequest,
  outcome: SessionResponse | Failure,
  ms: number,
): LogRecord {
  const { attempt, hop } = request;
  if (!SessionResponse.is(outcome)) {
    const { method, url } = showRequest(request, false);
    return { method, url, ms, attempt, hop, error: errorOf(outcome.error) };
  }
  const { status, timings, connection, attempts, history } = outcome;
  const { method, url } = showRequest(outcome, false);
  return {
    method,
    url,
    status,
    ms,
    attempt: attempts,
    hop: history.length || hop,
    ...(timings && { timings }),
    ...(connection && { connection }),
  };
}

function errorOf(error: unknown): LoggedError {
  if (SessionError.is(error)) {
    const { name, code, message } = error;
    return { name, code, message };
  }
  return { name: error instanceof Error ? error.name : typeof error };
}

/** What a server or a caller has written may not begin another line. */
const control = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

function lineOf({ method, url, status, ms, attempt, hop, connection, error }: LogRecord): string {
  const reason = error?.message?.replace(`${method} ${url} failed: `, '') ?? error?.name;
  const outcome = status ?? `failed: ${reason}`;
  const remarks = [
    ...(connection ? [`HTTP/${connection.httpVersion}`, openedOrReused(connection)] : []),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(hop > 0 ? [`redirect ${hop}`] : []),
  ];
  const line = `${method} ${url} ${outcome} ${ms.toFixed(1)} ms`;
  const full = remarks.length > 0 ? `${line} (${remarks.join(', ')})` : line;
  return full.replace(control, (char) => JSON.stringify(char).slice(1, -1));
}

const openedOrReused = ({ reused }: ConnectionInfo): string =>
  reused ? 'reused' : 'new connection';
