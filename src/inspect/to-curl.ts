/** A request as a command. */
import type { ShownRequest } from '../har/har-request.ts';
import { hasBrand } from '../request/host/brand.ts';
import { byteTextOf, toByteText } from '../request/text/byte-text.ts';
import { isArgument, printf, quote } from './shared/shell.ts';
import { type Showable, showRequest } from './shared/shown-request.ts';

/** Options of {@link toCurl}. */
export interface ToCurlOptions {
  /**
   * `true` shows credentials, cookies and bodies as they are; by default they read `[redacted]`,
   * but for JSON and forms, in which only the values with names of credentials do.
   *
   * @default false
   */
  secrets?: boolean | undefined;
}

/** Bytes of a body above which curl waits for a `100 Continue`. */
const waits = 1024 * 1024;
/** Methods with which no body is one of no bytes (RFC 9110, section 8.6). */
const anticipatesBody = /^(?:POST|PUT|PATCH|QUERY)$/;

/** The arguments for a body, and what comes before the command where it is given on its input. */
interface BodyWords {
  readonly words: readonly string[];
  /** Headers that curl writes by itself. */
  readonly dropped: RegExp;
  readonly input?: string;
}

/**
 * A command for a POSIX shell by which curl sends the same request: method, URL, headers and body,
 * byte for byte. A stream, a `Blob` and a file of a form have to be given to it: `@-` stands for
 * its standard input, and forms get a boundary of curl's own.
 *
 * @example
 * ```ts
 * import { toCurl } from 'isosession/inspect';
 *
 * const response = await session.post('https://example.com/items', { json: { id: 1 } });
 * console.log(toCurl(response));
 * ```
 *
 * @param of - a response, whose last hop is meant; the `request` of a response or an error, the
 * latter without its body where a transport of yours has sent it; or what a middleware is given.
 */
export function toCurl(of: Showable, { secrets = false }: ToCurlOptions = {}): string {
  const request = showRequest(of, secrets);
  const { words, dropped, input } = bodyWords(request);
  const command = ['curl', ...methodWords(request, words), ...headerWords(request, dropped)];
  if (/[[\]{}]/.test(request.url)) command.push('--globoff');
  const text = [...command, ...words, quote(request.url)].join(' \\\n  ');
  return input === undefined ? text : `${input} | ${text}`;
}

function methodWords({ method }: ShownRequest, body: readonly string[]): string[] {
  const implied = body.length > 0 ? 'POST' : 'GET';
  if (method === implied) return [];
  return method === 'HEAD' && body.length === 0 ? ['--head'] : [`--request ${quote(method)}`];
}

function headerWords({ headers, body }: ShownRequest, dropped: RegExp): string[] {
  const words = headers
    .filter(([name]) => !dropped.test(name))
    // Without a value curl leaves a header out, unless a semicolon stands for the colon.
    .map(([name, value]) => `--header ${quote(value ? `${name}: ${value}` : `${name};`)}`);
  const names = new Set(headers.map(([name]) => name));
  const isLong = (typeof body === 'string' || body instanceof Uint8Array) && body.length > waits;
  const ofCurl = ['accept', 'content-type'].filter((name) => !names.has(name));
  if (isLong) ofCurl.push('expect');
  for (const name of ofCurl) if (!dropped.test(name)) words.push(`--header '${name}:'`);
  if (names.has('accept-encoding')) words.push('--compressed');
  return words;
}

/** Nothing but what it says itself. */
const lengthOnly = /^content-length$/;
const multipart = /^content-(?:length|type)$/;

function bodyWords({ method, headers, body }: ShownRequest): BodyWords {
  if (body === null || body === undefined) {
    const words = anticipatesBody.test(method) ? ["--data-raw ''"] : [];
    return { words, dropped: lengthOnly };
  }
  if (typeof body === 'string') return bytesWords(toByteText(body));
  if (body instanceof Uint8Array) return bytesWords(byteTextOf(body));
  if (hasBrand(body, 'FormData')) return { words: formWords(body), dropped: multipart };
  const words = ['--data-binary @-'];
  const isKnown = 'size' in body || headers.some(([name]) => name === 'content-length');
  if (!isKnown) words.unshift("--header 'transfer-encoding: chunked'");
  return { words, dropped: lengthOnly };
}

function bytesWords(bytes: string): BodyWords {
  if (isArgument(bytes)) return { words: [`--data-raw ${quote(bytes)}`], dropped: lengthOnly };
  return { words: ['--data-binary @-'], dropped: lengthOnly, input: printf(bytes) };
}

function formWords(form: FormData): string[] {
  return Array.from(form, ([name, value]) => {
    if (typeof value === 'string') return `--form-string ${quote(toByteText(`${name}=${value}`))}`;
    const type = value.type ? `;type=${value.type}` : '';
    return `--form ${quote(toByteText(`${name}=@"${value.name}"${type}`))}`;
  });
}
