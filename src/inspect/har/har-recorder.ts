/** What a session sends and is answered, as an HTTP archive. */
import type { Har } from '../../har/har.ts';
import type { Session } from '../../index.browser.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { ResolvedOptions } from '../../types/resolved-options.ts';
import { version } from '../../version.ts';
import { around } from '../shared/around.ts';
import { RecordedHop } from './recorded-hop.ts';

/** Options of {@link harRecorder}. */
export interface HarRecorderOptions {
  /**
   * `true` keeps everything, as another program needs it to answer in the server's place. By
   * default credentials and cookies read `[redacted]`, as in JSON and forms the values with names
   * of credentials do; all other bodies are left out, as nothing tells what is secret in them.
   *
   * @default false
   */
  secrets?: boolean | undefined;
  /**
   * Bytes of a body, decoded, up to which it is kept.
   *
   * @default 1_048_576
   */
  maxBody?: number | undefined;
}

/** A recording under way. To dispose of it is to stop it. */
export interface HarRecorder extends Disposable {
  /** What was recorded so far. A response whose body is not read to its end has as much of it. */
  har(): Har;
  /** The same, and nothing more is recorded. */
  stop(): Har;
}

/**
 * Records every hop of a session, and of children that it has from then on: redirects, attempts and
 * answers to challenges, each with its timings, as an HTTP archive 1.2. Its bodies are what the
 * program itself reads. Where the host follows redirects, as in browsers, a hop is what a script
 * sees: the request as it was asked for and the final response.
 *
 * @example
 * ```ts
 * import { harRecorder } from 'isosession/inspect';
 *
 * using recorder = harRecorder(session);
 * await session.get('https://example.com/').text();
 * console.log(JSON.stringify(recorder.har()));
 * ```
 */
export function harRecorder(
  session: Session,
  { secrets = false, maxBody = 1_048_576 }: HarRecorderOptions = {},
): HarRecorder {
  const hops: RecordedHop[] = [];
  const end = around(session, 'hop', async (request, next) => {
    const hop = new RecordedHop(request, { secrets, maxBody });
    hops.push(hop);
    try {
      const response = await next({ ...request, options: withBodyTo(hop, request.options) });
      hop.answered(response);
      return response;
    } catch (error) {
      hop.failed(error);
      throw error;
    }
  });
  const har = (): Har => ({
    log: {
      version: '1.2',
      creator: { name: 'isosession', version },
      entries: hops.map((hop) => hop.entry()),
    },
  });
  const stop = (): Har => {
    end();
    return har();
  };
  return { har, stop, [Symbol.dispose]: end };
}

/** The hop is told of the body as the caller's own callback is. */
function withBodyTo(hop: RecordedHop, options: ResolvedOptions): ResolvedOptions {
  const { onDownloadProgress } = options;
  return nullPrototype(options, {
    onDownloadProgress: ((progress, chunk) => {
      hop.received(chunk);
      onDownloadProgress?.(progress, chunk);
    }) satisfies ResolvedOptions['onDownloadProgress'],
  });
}
