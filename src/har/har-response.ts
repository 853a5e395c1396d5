/** The responses of an archive. */
import { parseSetCookie } from '../cookies/rules/set-cookie.ts';
import { setCookieLines } from '../response/foreign-response.ts';
import type { HarCookie, HarResponse } from './har.ts';
import { hidden, type Redaction } from './redaction.ts';

/** What an archive has of a response besides its body. */
type ResponseHead = Omit<HarResponse, 'content'>;

/** Where none has come. */
export const noResponse: ResponseHead = {
  status: 0,
  statusText: '',
  httpVersion: 'unknown',
  cookies: [],
  headers: [],
  redirectURL: '',
  headersSize: -1,
  bodySize: -1,
};

/** Without a redaction, everything is kept. */
export function harResponse(
  { status, statusText, headers }: Pick<Response, 'status' | 'statusText' | 'headers'>,
  redaction: Redaction | undefined,
): ResponseHead {
  const location = headers.get('location') ?? '';
  const length = headers.get('content-length');
  return {
    ...noResponse,
    status,
    statusText,
    cookies: (setCookieLines(headers) ?? []).flatMap((line) =>
      cookieOf(line, redaction !== undefined),
    ),
    headers: Array.from(headers, ([name, value]) => ({
      name,
      value: redaction ? redactHeader(name, value, redaction) : value,
    })),
    redirectURL: redaction ? redaction.url(location) : location,
    bodySize: length === null ? -1 : Number(length),
  };
}

function redactHeader(name: string, value: string, redaction: Redaction): string {
  if (name === 'location') return redaction.url(value);
  const shown = redaction.header(name, value);
  if (name !== 'set-cookie' || shown !== hidden) return shown;
  // Who replays an archive needs to know which cookies there are, and how long.
  const [, cookie = '', attributes = ''] = /^([^=;]*=)?[^;]*([^]*)$/.exec(value) ?? [];
  return cookie + hidden + attributes;
}

function cookieOf(line: string, isRedacted: boolean): HarCookie[] {
  const now = Date.now();
  const read = parseSetCookie(line, now);
  if (typeof read === 'string') return [];
  const { name, value, path, domain, expires, httpOnly, secure, sameSite } = read;
  return [
    {
      name,
      value: isRedacted ? hidden : value,
      ...(path !== undefined && { path }),
      ...(domain && { domain }),
      ...(expires !== Infinity && { expires: new Date(Math.max(expires, 0)).toISOString() }),
      httpOnly,
      secure,
      ...(sameSite && { sameSite: `${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}` }),
    },
  ];
}
