/** Records and lists that are kept for one, and handed to others to do with as they like. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';

/** Records within records: who nests them deeper has made them without end. */
const deepest = 500;

/**
 * A copy of records and lists to any depth, frozen; what stands in it twice, or contains itself,
 * does so in the copy. What has a class is kept as it is.
 *
 * @param name for messages
 * @throws {InvalidRequestError} for more than 500 records within each other.
 */
export function frozenCopy<T>(value: T, name: string): T;
export function frozenCopy(value: unknown, name: string): unknown {
  return copyWithin(value, { name, finish: Object.freeze, copies: new Map() }, 0);
}

/** The same, not frozen, to be handed out. */
export function ownCopy<T>(value: T, name: string): T;
export function ownCopy(value: unknown, name: string): unknown {
  return copyWithin(value, { name, finish: (copy) => copy, copies: new Map() }, 0);
}

/** One copy that is being made. */
interface Copying {
  readonly name: string;
  readonly finish: (copy: object) => object;
  /** By what they are copies of. */
  readonly copies: Map<object, object>;
}

function copyWithin(value: unknown, copying: Copying, depth: number): unknown {
  if (!isPlain(value)) return value;
  const { name, finish, copies } = copying;
  const known = copies.get(value);
  if (known) return known;
  if (depth > deepest)
    throw new InvalidRequestError(
      isDevelopment ? `${name} is nested more than ${deepest} deep` : name,
    );
  const copy = Array.isArray(value) ? [] : {};
  copies.set(value, copy);
  for (const [key, item] of Object.entries(value))
    // Assigned, a `__proto__` would be no item.
    Object.defineProperty(copy, key, {
      value: copyWithin(item, copying, depth + 1),
      configurable: true,
      enumerable: true,
      writable: true,
    });
  return finish(copy);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // That of any realm's plain objects is the last of its chain.
  return Array.isArray(value) || !prototype || Object.getPrototypeOf(prototype) === null;
}
