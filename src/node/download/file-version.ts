/**
 * Which file a response is of: what tells whether bytes that came at different times belong
 * together.
 */
import type { SessionResponse } from '../../response/session-response.ts';
import type { Outgoing } from '../../model.ts';

/** One representation of one resource, whose every byte is known as long as its validator is. */
export interface FileVersion {
  /** Tells it from every other one. */
  readonly key: string;
  readonly validator: 'etag' | 'last-modified';
  readonly value: string;
  readonly length: number;
}

/**
 * ms by which a file must be older than its response: it may change again within a second, and the
 * clocks of two machines differ (RFC 9110, section 8.8.2.2).
 */
const settled = 60_000;

/**
 * The version of which a response has all; `undefined` where its bytes cannot be counted, or
 * nothing tells it from the next for certain.
 */
export function versionOf(
  { status, headers }: SessionResponse,
  { url, options }: Outgoing,
): FileVersion | undefined {
  const length = Number(headers.get('content-length'));
  // Integrity and the limit of a size are of a whole body: no part may pass them.
  if (
    status !== 200 ||
    headers.has('content-encoding') ||
    !length ||
    length > (options.maxResponseSize ?? length) ||
    options.integrity
  )
    return undefined;
  const version = (validator: FileVersion['validator'], value: string): FileVersion => ({
    key: JSON.stringify([url.href, validator, value, length]),
    validator,
    value,
    length,
  });
  const etag = headers.get('etag');
  // No date may take the place of a weak ETag (RFC 9110, section 13.1.5).
  if (etag !== null) return etag.startsWith('"') ? version('etag', etag) : undefined;
  const modified = headers.get('last-modified') ?? '';
  return Date.parse(headers.get('date') ?? '') - Date.parse(modified) >= settled
    ? version('last-modified', modified)
    : undefined;
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
  if (status !== 206 || !version) return false;
  const [, start, total] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(headers.get('content-range') ?? '') ?? [];
  const value = headers.get(version.validator);
  return (
    Number(start) === from &&
    (total === '*' || Number(total) === version.length) &&
    !headers.has('content-encoding') &&
    // It may leave out the date, but not the ETag (RFC 9110, section 15.3.7).
    (value === version.value || (value === null && version.validator === 'last-modified'))
  );
}
