import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Har } from '../../har/har.ts';
import { oneOf } from '../../options/kinds.ts';
import { redactUrl } from '../../request/redact.ts';
import type { Awaitable } from '../../types/context.ts';
import type { Transport } from '../../types/transport.ts';
import { nearestTo } from '../shared/nearest-request.ts';
import { wholeBody } from '../shared/whole-body.ts';
import { comparable } from './covers.ts';
import { type AskedRequest, readArchive, type ReplayedEntry } from './replayed-entry.ts';

/** Options of {@link replayTransport}. */
export interface ReplayTransportOptions {
  /**
   * Which entry answers a request.
   *
   * `'strict'`: one with its method, URL and body, each once, equal ones in their order. `'url'`:
   * one with its method and URL, whatever the body; when all of them have answered, the last one
   * does so again. What was redacted may be anything.
   *
   * @default 'strict'
   */
  match?: 'strict' | 'url' | undefined;
}

const matchModes = oneOf('strict', 'url');

/**
 * Answers from an HTTP archive, as {@link recordTransport}, `harRecorder` and browsers write it,
 * without a network. A request that is not in it fails at once, without a retry, with an
 * {@link InvalidRequestError} that shows the nearest one; so does reading a body that was not
 * recorded. What had failed fails again.
 *
 * Give each test one of its own: it remembers what has answered. Headers of requests are not
 * compared.
 *
 * @param source - a file, where there are some, or the archive itself.
 * @throws {InvalidRequestError} for what is no archive; of a file, from the first call.
 */
export function replayTransport(
  source: string | URL | Har,
  { match = 'strict' }: ReplayTransportOptions = {},
): Transport {
  matchModes(match, 'match');
  const read = reader(source);

  return {
    async send({ method, url, body }) {
      const entries = await read();
      const text = await comparable(await wholeBody(body));
      const request: AskedRequest = { method, url: url.href, body: text };
      const entry = find(entries, request, match === 'strict');
      if (!entry) throw new InvalidRequestError(notRecorded(entries, request));
      entry.isUsed = true;
      return entry.answer();
    },
  };
}

/** What gives the entries: always the same ones, as they remember what they have answered. */
function reader(source: string | URL | Har): () => Awaitable<readonly ReplayedEntry[]> {
  if (typeof source === 'string' || source instanceof URL) {
    let reading: Promise<readonly ReplayedEntry[]> | undefined;
    return () => (reading ??= readFile(source));
  }
  const entries = readArchive(source);
  return () => entries;
}

async function readFile(file: string | URL): Promise<readonly ReplayedEntry[]> {
  const { readText } = await import('../host/files.ts');
  try {
    return readArchive(JSON.parse(await readText(file)));
  } catch (cause) {
    const message = `The recording ${String(file)} cannot be read: ${String(cause)}`;
    throw new InvalidRequestError(message, { cause });
  }
}

function find(
  entries: readonly ReplayedEntry[],
  request: AskedRequest,
  isStrict: boolean,
): ReplayedEntry | undefined {
  const fitting = entries.filter(
    (entry) => entry.hasUrl(request) && (!isStrict || entry.hasBody(request)),
  );
  return fitting.find((entry) => !entry.isUsed) ?? (isStrict ? undefined : fitting.at(-1));
}

function notRecorded(entries: readonly ReplayedEntry[], request: AskedRequest): string {
  const { method, url } = request;
  const asked = `${method} ${redactUrl(url)}`;
  const same = entries.filter((entry) => entry.hasUrl(request));
  if (same.some((entry) => entry.hasBody(request)))
    return `${asked} is asked more often than it was recorded`;
  if (same.length > 0) return `${asked} was recorded with another body`;
  const near = nearestTo(`${method} ${url}`, entries, ({ label }) => label);
  const hint = near ? `; the nearest is ${redactUrl(near.label)}` : ', which is empty';
  return `${asked} is not in the recording${hint}`;
}
