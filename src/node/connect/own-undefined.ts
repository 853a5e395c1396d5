import { nullPrototype } from '../../options/null-prototype.ts';

/**
 * These names as own properties without a value: options for whoever copies them into an object
 * that has a prototype, where somebody may have added to it.
 */
export function ownUndefined(names: readonly string[]): Record<string, undefined> {
  return nullPrototype(Object.fromEntries(names.map((name) => [name, undefined])));
}
