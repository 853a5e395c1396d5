/** The options of what only Node has, read as those of a session are. */
import { InvalidRequestError } from '../errors.ts';
import { nearest } from '../core/nearest.ts';
import { bare } from '../core/options.ts';

/** Gives a value in its normal form, or throws an error that calls it `name`. */
export type Reader = (value: unknown, name: string) => unknown;

/** Refuses what is not of this type. */
export function typed(type: 'boolean' | 'string'): Reader {
  return (value, name) => {
    if (typeof value !== type) throw new InvalidRequestError(`${name} must be of type ${type}`);
    return value;
  };
}

/**
 * The own properties of an option object, each name known and each value read, in a record without a prototype; what is `undefined` is left out.
 * `words` are other libraries' for a name.
 */
export function readOwn<T extends object>(what: string, readers: Record<keyof T, Reader>, given: unknown, words: Record<string, keyof T & string> = {}): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new InvalidRequestError(`${what} must be an object`);
  const read = bare<T>();
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(readers, name)) {
      const meant = Object.hasOwn(words, name) ? words[name] : nearest(name, Object.keys(readers));
      throw new InvalidRequestError(`${name} is not a ${what} option${meant === undefined ? '' : `: did you mean ${meant}?`}`);
    }
    const option = name as keyof T;
    if (value !== undefined) read[option] = readers[option](value, `${what}.${name}`) as T[keyof T];
  }
  return read;
}
