import type { Platform } from '../model.ts';
import { SessionError } from './session-error.ts';
import type { TimeoutError } from './timeout-error.ts';

/**
 * Whether asking again may end otherwise: after an error of the network or of a proxy that does not
 * stay, and after a timeout but the total one. Errors are told by their codes: a transport may come
 * from another copy of the library.
 */
export function isTransientError(
  error: unknown,
  platform: Pick<Platform, 'isPermanent'> | undefined,
): error is SessionError {
  if (!SessionError.is(error) || platform?.isPermanent?.(error)) return false;
  if (error.code === 'ERR_TIMEOUT') return (error as Partial<TimeoutError>).phase !== 'total';
  return error.code === 'ERR_NETWORK' || error.code === 'ERR_PROXY';
}
