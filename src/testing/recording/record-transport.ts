import { fetchTransport } from 'isosession';
import type { Har } from '../../har/har.ts';
import { isTransport } from '../../options/kinds.ts';
import type { Transport } from '../../types/transport.ts';
import { version } from '../../version.ts';
import { RecordedExchange } from './recorded-exchange.ts';
import { redactionBy, type RedactRules } from './redact-rules.ts';

/** Options of {@link recordTransport}. */
export interface RecordTransportOptions {
  /**
   * What sends.
   *
   * @default `fetchTransport()`; in Node, `undiciTransport()` of `isosession/node` is what a
   * session has by itself
   */
  transport?: Transport | undefined;
  /**
   * What is taken out besides the credentials that are known by their names. `false` keeps
   * everything.
   */
  redact?: RedactRules | false | undefined;
}

/** A transport that writes down what it sends and gets. */
export interface RecordTransport extends Transport {
  /** Writes the file anew, with all that was recorded so far. {@link Session.close} calls it. */
  close(): Promise<void>;
  /** The same, at once. */
  destroy(reason?: unknown): Promise<void>;
}

/**
 * Sends over another transport and records every hop and attempt, as an HTTP archive 1.2 that
 * {@link replayTransport} answers from. The file takes the place of a former one when the session
 * closes; a body is recorded as the program reads it, and is not there where it was not read to its
 * end.
 *
 * Credentials and cookies read `[redacted]`, as in JSON, forms and URLs the values with names of
 * credentials do, and all headers that are not known to be harmless; other texts and bytes are left
 * out. Look at a recording before you share it all the same.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { recordTransport, replayTransport } from 'isosession/testing';
 *
 * const file = new URL('./users.har', import.meta.url);
 * const isRecording = process.env['RECORD'] === '1';
 * await using api = new Session({
 *   baseUrl: 'https://api.example.com/',
 *   transport: isRecording ? recordTransport(file) : replayTransport(file),
 * });
 * ```
 *
 * @throws {InvalidRequestError} for a transport that is none.
 * @throws {UnsupportedError} from `close()` where there are no files.
 */
export function recordTransport(
  file: string | URL,
  { transport = fetchTransport(), redact = {} }: RecordTransportOptions = {},
): RecordTransport {
  isTransport(transport, 'transport');
  const redaction = redact ? redactionBy(redact) : undefined;
  const exchanges: RecordedExchange[] = [];

  async function save(): Promise<void> {
    const entries = exchanges.map((exchange) => exchange.entry());
    const har: Har = { log: { version: '1.2', creator: { name: 'isosession', version }, entries } };
    const { writeText } = await import('../host/files.ts');
    await writeText(file, `${JSON.stringify(har, null, 2)}\n`);
  }

  return {
    managed: transport.managed,
    capabilities: transport.capabilities,
    async send(request) {
      const exchange = new RecordedExchange(request, redaction);
      exchanges.push(exchange);
      try {
        return exchange.answered(await transport.send(request));
      } catch (error) {
        exchange.failed(error);
        throw error;
      }
    },
    async close() {
      await transport.close?.();
      await save();
    },
    async destroy(reason) {
      await transport.destroy?.(reason);
      await save();
    },
  };
}
