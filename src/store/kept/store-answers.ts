/** What a store of the user's answers, checked: it may be wrong, or speak to something that is. */
import type { StoredData } from '../base/session-store.ts';
import { StoreError } from '../base/store-error.ts';

/** What `load` has found. `null` is as good as nothing. */
export function readFound(answer: unknown): StoredData | undefined {
  if (answer === undefined || answer === null) return undefined;
  const { data, version }: Partial<Record<keyof StoredData, unknown>> = Object(answer);
  if (typeof data === 'string' && typeof version === 'string') return { data, version };
  throw new StoreError(
    'corrupt',
    'load() of the store must answer { data, version }, two texts, or undefined',
  );
}

/** The version that `save` has made; `undefined` for a conflict. */
export function readAnswer(answer: unknown): string | undefined {
  const { version, conflict }: { version?: unknown; conflict?: unknown } = Object(answer);
  if (typeof version === 'string') return version;
  if (conflict === true) return undefined;
  throw new StoreError(
    'unavailable',
    'save() of the store must answer { version }, a text, or { conflict: true }',
  );
}
