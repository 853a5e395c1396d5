import { isStore, type SessionStore } from '../base/session-store.ts';
import { sealText, unsealText } from './sealed-text.ts';
import { type Key, readKeys } from './sealing-key.ts';

/**
 * A store whose data only who has the key can read or change: AES-256-GCM, each bound to its id, so
 * that nobody can give one visitor the session of another.
 *
 * @example
 * ```ts
 * import { fileStore } from 'isosession/node';
 * import { sealedStore } from 'isosession/store';
 *
 * const { SESSION_KEY = '', SESSION_KEY_BEFORE } = process.env;
 * const before = SESSION_KEY_BEFORE ? [SESSION_KEY_BEFORE] : [];
 * const store = sealedStore(fileStore('./sessions'), [SESSION_KEY, ...before]);
 * ```
 *
 * @param keys a list while keys are changed: the first one seals, all of them open.
 * @throws {InvalidRequestError} for what is no store or no key; {@link StoreError} from `load`, as
 * `unseal`.
 */
export function sealedStore(store: SessionStore, keys: Key | Key[]): SessionStore {
  isStore(store, 'store');
  const all = readKeys(keys, 'decrypt');
  const [first] = readKeys(all[0], 'encrypt');
  return {
    async load(id) {
      const found = await store.load(id);
      return found && { ...found, data: await unsealText(found.data, all, id) };
    },
    save: async (id, data, options) => store.save(id, await sealText(data, first, id), options),
    delete: (id) => store.delete(id),
    lock: store.lock,
    close: async () => store.close?.(),
    capabilities: store.capabilities,
  };
}
