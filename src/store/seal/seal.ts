import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { SessionSnapshot } from '../../types/session.ts';
import { StoreError } from '../base/store-error.ts';
import { sealText, unsealText } from './sealed-text.ts';
import { type Key, readKeys } from './sealing-key.ts';

/**
 * A snapshot as text that only who has the key can read or change, to be kept where others see it:
 * AES-256-GCM. The same snapshot gives another text each time.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { seal, unseal } from 'isosession/store';
 *
 * const key = crypto.getRandomValues(new Uint8Array(32));
 * const session = new Session();
 * const text = await seal(await session.snapshot(), key);
 * const again = Session.restore(await unseal(text, key));
 * ```
 *
 * @throws {InvalidRequestError} for what is no snapshot, and for what is no key: a short secret is
 * no passphrase that would do.
 */
export async function seal(snapshot: SessionSnapshot, key: Key): Promise<string> {
  const [checked] = readKeys(key, 'encrypt');
  if (!isSnapshot(snapshot))
    throw new InvalidRequestError('seal() takes a snapshot: what session.snapshot() resolves to');
  return sealText(JSON.stringify(snapshot), checked);
}

/**
 * The snapshot that was sealed.
 *
 * @param keys several while keys are changed: the new one first, and those before it.
 * @throws {StoreError} with the reason `'key'` when none of the keys opens it, or it was changed,
 * `'corrupt'` for what was never sealed or is not whole, `'version'` for a later form;
 * {@link InvalidRequestError} for what is no key.
 */
export async function unseal(text: string, keys: Key | Key[]): Promise<SessionSnapshot> {
  const snapshot: unknown = JSON.parse(await unsealText(text, readKeys(keys, 'decrypt')));
  if (!isSnapshot(snapshot))
    throw new StoreError('version', 'What was sealed is no snapshot of version 1');
  return snapshot;
}

/** `Session.restore` checks the rest. */
function isSnapshot(value: unknown): value is SessionSnapshot {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
}
