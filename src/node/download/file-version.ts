/**
 * Which file a response is of: what tells whether bytes that came at different times belong
 * together.
 */
import type { Outgoing } from '../../model.ts';
import { oneValue } from '../../response/text/parameters.ts';
import type { SessionResponse } from '../../response/session-response.ts';

/** The header that tells one version of a resource from the next. */
type ValidatorName = 'etag' | 'last-modified';

/** One representation of one resource, whose every byte is known as long as its validator is. */
export interface FileVersion {
  /** Tells it from every other one. */
  readonly key: string;
  readonly validator: ValidatorName;
  readonly value: string;
  readonly length: number;
}

/**
 * ms by which a file must be older than its response: it may change again within a second, and the
 * clocks of two machines differ (RFC 9110, section 8.8.2.2).
 */
const minimumAge = 60_000;

/**
 * The version of which a response has all; `undefined` where its bytes cannot be counted, or
 * nothing tells it from the next for certain.
 */
export function versionOf(
  response: SessionResponse,
  { url, options }: Outgoing,
): FileVersion | undefined {
  const length = countableLength(response);
  if (length === undefined) return undefined;
  // Integrity and the limit of a size are of a whole body: no part may pass them.
  const { maxResponseSize = Infinity, integrity } = options;
  if (integrity || length > maxResponseSize) return undefined;

  const strong = strongValidator(response.headers);
  if (!strong) return undefined;
  const { validator, value } = strong;
  return { key: JSON.stringify([url.href, validator, value, length]), validator, value, length };
}

/** Bytes of a whole body that come as they are in the file. */
function countableLength({ status, headers }: SessionResponse): number | undefined {
  if (status !== 200 || headers.has('content-encoding')) return undefined;
  const length = Number(oneValue(headers.get('content-length')));
  return length > 0 ? length : undefined;
}

/** RFC 9110, section 8.8.1. */
function strongValidator(headers: Headers): Pick<FileVersion, 'validator' | 'value'> | undefined {
  const etag = oneValue(headers.get('etag'));
  if (etag !== null) {
    // No date may take the place of a weak ETag (RFC 9110, section 13.1.5).
    const isStrong = /^"[^"]*"$/.test(etag);
    return isStrong ? { validator: 'etag', value: etag } : undefined;
  }
  const modified = oneValue(headers.get('last-modified') ?? '');
  // NaN where one of them is missing or no date.
  const age = Date.parse(oneValue(headers.get('date') ?? '')) - Date.parse(modified);
  return age >= minimumAge ? { validator: 'last-modified', value: modified } : undefined;
}

/**
 * Whether a response is what is missing of a version from that byte on: a server that knows no
 * `If-Range` gives that of another version, too.
 */
export function isRest(
  { status, headers }: SessionResponse,
  version: FileVersion | undefined,
  from: number,
): boolean {
  if (status !== 206 || !version || headers.has('content-encoding')) return false;
  const range = oneValue(headers.get('content-range') ?? '');
  return isRangeFrom(range, from, version.length) && isOfVersion(headers, version);
}

/** `Content-Range` (RFC 9110, section 14.4). */
function isRangeFrom(range: string, from: number, length: number): boolean {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(range) ?? [];
  const isSameLength = total === '*' || Number(total) === length;
  return Number(start) === from && isSameLength;
}

function isOfVersion(headers: Headers, { validator, value }: FileVersion): boolean {
  const given = oneValue(headers.get(validator));
  // A part may leave out the date, but not the ETag (RFC 9110, section 15.3.7).
  if (given === null) return validator === 'last-modified';
  return given === value;
}
