/** How large a body may become. */
import { ResponseTooLargeError } from '../../errors/response-too-large-error.ts';

/** A body compressed more than this stops at {@link bombSize} unless `maxResponseSize` is set. */
const bombRatio = 200;
/** Decoded bytes from which on a body without a limit is looked at. */
export const bombSize = 100 * 1024 * 1024;

/** What has come of a body that is larger than its limit, or than {@link bombSize} without one. */
export interface LargeBody {
  /** `maxResponseSize`. */
  readonly limit: number | undefined;
  readonly isCompressed: boolean;
  readonly wireBytes: number;
  readonly decodedBytes: number;
}

/** The error that ends it; `undefined` when it may go on. */
export function sizeError(body: LargeBody): ResponseTooLargeError | undefined {
  const { limit, isCompressed, wireBytes, decodedBytes } = body;
  if (limit !== undefined) return new ResponseTooLargeError(limit);
  if (!isCompressed || decodedBytes <= wireBytes * bombRatio) return undefined;
  return new ResponseTooLargeError(
    bombSize,
    undefined,
    `The response body is compressed more than ${bombRatio}:1 and larger than ${bombSize} bytes: ` +
      'set maxResponseSize to allow it',
  );
}

/** An unread body is taken off the wire up to this many bytes, which frees its socket. */
export const unreadBuffer = 1024 * 1024;
/**
 * What is left of a body that nobody wants is drained up to this many bytes; more costs the
 * connection.
 */
export const drainLimit = 64 * 1024;
/** … and for so many ms: it may never end. */
export const drainTime = 1000;
