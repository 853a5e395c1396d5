/** Records and lists that are kept for one, and handed to others to do with as they like. */

/** A copy of records and lists to any depth, frozen. What has a class is kept as it is. */
export function frozenCopy<T>(value: T): T;
export function frozenCopy(value: unknown): unknown {
  return isPlain(value) ? Object.freeze(copy(value, frozenCopy)) : value;
}

/** The same the other way round: a copy of what was frozen, to be handed out. */
export function thawedCopy<T>(value: T): T;
export function thawedCopy(value: unknown): unknown {
  return isPlain(value) && Object.isFrozen(value) ? copy(value, thawedCopy) : value;
}

function copy(value: object, each: (value: unknown) => unknown): object {
  if (Array.isArray(value)) return value.map((item: unknown) => each(item));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, each(item)]));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // That of any realm's plain objects is the last of its chain.
  return Array.isArray(value) || !prototype || Object.getPrototypeOf(prototype) === null;
}
