/** The requests of an archive. */
import { splitPair } from '../cookies/rules/set-cookie.ts';
import { hasBrand } from '../request/host/brand.ts';
import type { RequestBody } from '../types/request.ts';
import type { HarPair, HarParam, HarPostData, HarRequest } from './har.ts';
import { hidden, redactBody, type Redaction } from './redaction.ts';

/** A request as it is known; `body` is `undefined` where it is not. */
export interface KnownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: RequestBody | undefined;
}

/** A request as it may be shown. */
export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Text may be redacted; `undefined` where the body is not known. */
  readonly body: RequestBody | undefined;
}

/** Without a redaction, everything is shown. */
export function showKnown(
  { method, url, headers, body }: KnownRequest,
  redaction: Redaction | undefined,
): ShownRequest {
  if (!redaction) return { method, url, headers: [...headers], body };
  return {
    method,
    url: redaction.url(url),
    headers: Array.from(headers, ([name, value]) => [name, redaction.header(name, value)]),
    body: redactBody(body, headers.get('content-type') ?? '', redaction),
  };
}

/** A body of more than `maxBody` bytes is left out. */
export function harRequest(shown: ShownRequest, maxBody: number): HarRequest {
  const { method, url, headers, body } = shown;
  const [, cookies = ''] = headers.find(([name]) => name === 'cookie') ?? [];
  const postData = postDataOf(shown, maxBody);
  return {
    method,
    url,
    httpVersion: 'unknown',
    cookies: cookies === '' || cookies === hidden ? [] : cookies.split(';').map(toPair),
    headers: headers.map(([name, value]) => ({ name, value })),
    queryString: Array.from(new URL(url).searchParams, ([name, value]) => ({ name, value })),
    ...(postData && { postData }),
    headersSize: -1,
    bodySize: sizeOf(body),
  };
}

function toPair(pair: string): HarPair {
  const [name, value] = splitPair(pair);
  return { name, value };
}

function sizeOf(body: RequestBody | undefined): number {
  if (body === null) return 0;
  if (typeof body === 'string') return new TextEncoder().encode(body).length;
  if (body instanceof Uint8Array) return body.length;
  return -1;
}

function postDataOf({ headers, body }: ShownRequest, maxBody: number): HarPostData | undefined {
  if (body === null || body === undefined) return undefined;
  const [, mimeType = ''] = headers.find(([name]) => name === 'content-type') ?? [];
  if (sizeOf(body) > maxBody) return { mimeType, comment: 'left out: larger than maxBody' };
  if (typeof body === 'string') return { mimeType, text: body };
  if (body instanceof Uint8Array) return { mimeType, ...bytesAsText(body) };
  if (hasBrand(body, 'FormData')) return { mimeType, params: paramsOf(body) };
  return { mimeType, comment: 'left out: a stream' };
}

function bytesAsText(bytes: Uint8Array): Pick<HarPostData, 'text' | 'comment'> {
  try {
    return { text: new TextDecoder(undefined, { fatal: true }).decode(bytes) };
  } catch {
    return { comment: 'left out: no text' };
  }
}

const paramsOf = (form: FormData): HarParam[] =>
  Array.from(form, ([name, value]) =>
    typeof value === 'string'
      ? { name, value }
      : { name, fileName: value.name, contentType: value.type },
  );
