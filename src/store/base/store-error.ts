import { nameError, SessionError } from '../../errors/session-error.ts';

/**
 * What is wrong with a store, or with what is in it.
 *
 * - `'unavailable'`: it does not answer, or not as a store does; `cause` has its error.
 * - `'conflict'`: others kept changing the session while it was to be saved.
 * - `'corrupt'`: what is there was damaged, or is something else. It is left as it is.
 * - `'version'`: a newer version of the library has written it. It is left as it is.
 * - `'key'`: none of the keys opens it, or it was changed.
 * - `'access'`: a file or folder that is not this user's own, or no file.
 * - `'lock'`: the lock was lost, or held for too long.
 * - `'size'`: the session is larger than the store keeps. What was kept is left as it is.
 */
export type StoreErrorReason =
  'unavailable' | 'conflict' | 'corrupt' | 'version' | 'key' | 'access' | 'lock' | 'size';

/** A store of sessions failed, or what it holds cannot be used. */
export class StoreError extends SessionError {
  override readonly code = 'ERR_STORE';
  /** What is wrong. */
  readonly reason: StoreErrorReason;

  /** @internal */
  constructor(reason: StoreErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}
nameError(StoreError, 'StoreError');

const isStoreError = (error: unknown): error is StoreError =>
  SessionError.is(error) && error.code === 'ERR_STORE';

/** An error of a store's own as it is, any other as one of a store that does not answer. */
export function toStoreError(error: unknown): StoreError {
  if (isStoreError(error)) return error;
  return new StoreError('unavailable', 'The store of the session does not answer', error);
}
