import { Fields } from '../../cookies/formats/read-fields.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Har, HarContent, HarEntry } from '../../har/har.ts';
import { type Bytes, streamOf } from '../../request/streams.ts';
import { type ComparableBody, coversBody, coversParameters } from './covers.ts';

/** A request that somebody makes, and what may be compared of it. */
export interface AskedRequest {
  readonly method: string;
  readonly url: string;
  readonly body: ComparableBody;
}

/** An entry of an archive, as an answer. */
export class ReplayedEntry {
  isUsed = false;
  /** Such as `GET https://api.example.com/`. */
  readonly label: string;
  readonly #entry: HarEntry;

  constructor(entry: HarEntry) {
    this.#entry = entry;
    this.label = `${entry.request.method} ${entry.request.url}`;
  }

  hasUrl({ method, url }: AskedRequest): boolean {
    const { request } = this.#entry;
    return request.method === method && coversParameters(request.url.replace(/#.*/s, ''), url);
  }

  hasBody({ body }: AskedRequest): boolean {
    const { postData, bodySize } = this.#entry.request;
    const isUnknown = postData === undefined && bodySize !== 0;
    return isUnknown || coversBody(postData, body);
  }

  /** The response, or what had failed. */
  answer(): Response {
    const { _error, request, response } = this.#entry;
    const { status, statusText, content } = response;
    if (status === 0) throw new Error(`it had failed as it was recorded: ${_error ?? 'no reason'}`);
    const headers = new Headers();
    for (const { name, value } of response.headers) {
      if (name.startsWith(':')) continue;
      // Chromium joins the lines of one name.
      for (const line of value.split('\n')) headers.append(name, line);
    }
    const hasBody = request.method !== 'HEAD' && ![204, 205, 304].includes(status);
    const body = hasBody ? this.#bodyOf(content) : null;
    return new Response(body, { status, statusText, headers });
  }

  #bodyOf({ text, encoding, comment, size }: HarContent): BodyInit | null {
    if (text === undefined) return size === 0 && !comment ? null : this.#missing(comment);
    if (encoding !== 'base64') return new TextEncoder().encode(text);
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  }

  /** A body that was not recorded is none that is empty. */
  #missing(why = 'it has no text'): ReadableStream<Bytes> {
    return streamOf(
      () => {
        throw new InvalidRequestError(
          `The body of ${this.label} is not in the recording: ${why}; see redact.body`,
        );
      },
      () => undefined,
    );
  }
}

/**
 * Reads an archive, as far as answers need it.
 *
 * @throws {InvalidRequestError} naming the entry and the field that is wrong.
 */
export function readArchive(har: Har): ReplayedEntry[] {
  for (const entry of itemsOf(new Fields(har, 'har').inner('log'), 'entries')) {
    checkRequest(entry.inner('request'));
    checkResponse(entry.inner('response'));
  }
  return har.log.entries.map((entry) => new ReplayedEntry(entry));
}

function checkRequest(request: Fields): void {
  request.text('method');
  if (!URL.canParse(request.text('url'))) request.fail('url must be a URL');
  if (request.get('postData') === undefined) return;
  const postData = request.inner('postData');
  postData.text('mimeType');
  postData.read('text', 'string');
  for (const param of postData.items('params')) param.text('name');
}

function checkResponse(response: Fields): void {
  const status = response.read('status', 'number') ?? NaN;
  const isKnown = status === 0 || (status >= 200 && status <= 599);
  if (!isKnown) response.fail('status must be 0, or from 200 to 599');
  for (const header of itemsOf(response, 'headers')) {
    header.text('name');
    header.text('value');
  }
  response.inner('content').read('text', 'string');
}

/** Of an array that must be there. */
function itemsOf(fields: Fields, name: string): Fields[] {
  return fields.get(name) ? fields.items(name) : fields.fail(`${name} must be an array`);
}
