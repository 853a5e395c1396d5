/** What an option's value may be: a check of each kind, for options of every sort. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { Transport } from '../types/transport.ts';
import { nullPrototype } from './null-prototype.ts';
import { unknownOption } from './suggest.ts';

/** Checks a value: gives it in its normal form, or throws {@link InvalidRequestError}. */
export type Kind<T = unknown> = (value: unknown, name: string) => T;
/** The options of a record by name. */
export type Kinds = Readonly<Record<string, Kind>>;

/**
 * A kind by a test.
 *
 * @param wanted what the value must be, for the message of a build that explains itself
 * @param test gives `true` for a value that is good as it is, the normal form of one that is to be
 * kept otherwise, and something false for a bad one
 */
export function kind<T>(wanted: string | false, test: (value: T) => unknown): Kind<T> {
  return (value, name) => {
    // The test is written for good values; on any other it gives something false.
    const result = test(value as T);
    if (!result) throw new InvalidRequestError(wanted ? `${name} must be ${wanted}` : name);
    return (result === true ? value : result) as T;
  };
}

/** A check that production leaves out, as what it is for fails loudly by itself. */
export const developmentKind = <T>(check: () => Kind<T>): Kind<T> =>
  isDevelopment ? check() : (value) => value as T;

export const typed = <T>(...types: string[]): Kind<T> =>
  developmentKind(() =>
    kind(`of type ${types.join(' or ')}`, (value) => types.includes(typeof value)),
  );

export function oneOf<T extends string>(...words: T[]): Kind<T> {
  return kind(isDevelopment && words.join(' or '), (value) => words.includes(value));
}

/** An array of a type, as a frozen copy; `normal` gives the normal form of an item. */
export function list<T>(type: string, normal = (item: T): T => item): Kind<readonly T[]> {
  return kind(isDevelopment && `an array of ${type}s`, (items) => {
    const good =
      !isDevelopment || (Array.isArray(items) && items.every((item) => typeof item === type));
    return good && Object.freeze(items.map((item) => normal(item)));
  });
}

/** Anything: `fetch`, the platform or whoever reads the option judges it. */
export const anything: Kind = (value) => value;
export const flag = typed<boolean>('boolean');
export const func = typed('function');
export const auth = developmentKind(() =>
  kind(
    'a function such as basic(user, password) or bearer(token) gives',
    (value) => typeof value === 'function',
  ),
);
export const flagOrFunc = typed('boolean', 'function');
/** With arrays, which some options take as pairs. */
export const object = typed<object>('object');
export const record = developmentKind(() =>
  kind<Record<string, unknown>>(
    'an object',
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
);
export const strings = list<string>('string');

const isAmount = (value: unknown): value is number => typeof value === 'number' && value >= 0;

/** `Infinity` is a time as well: no bound. */
export const ms = developmentKind(() => kind<number>('a time in ms, 0 or more', isAmount));
/** `Infinity` is a count as well: no bound. */
export const count = kind<number>(
  isDevelopment && 'a whole number, 0 or more',
  (value) => isAmount(value) && Math.floor(value) === value,
);

export const isTransport = developmentKind(() =>
  kind<Transport | undefined>(
    'an object with a send() method',
    (value) => typeof value?.send === 'function',
  ),
);

/**
 * The own properties of an object of options, each name known and each value checked, `undefined`
 * left out. The result has no prototype; `T` is what the kinds make of it.
 *
 * @param what the option whose value the object is, for messages
 * @throws {InvalidRequestError} naming the nearest known name for one that is not known.
 */
export function readRecord<T extends object = Record<PropertyKey, unknown>>(
  what: string,
  kinds: Kinds,
  given: unknown,
): T;
export function readRecord(
  what: string,
  kinds: Kinds,
  given: unknown,
): Record<PropertyKey, unknown> {
  const read = nullPrototype<Record<PropertyKey, unknown>>();
  const options = record(given, `${what} options`);
  for (const name of Object.keys(options)) {
    const check = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!check) throw unknownOption(name, what, Object.keys(kinds));
    const value = options[name];
    if (value !== undefined) read[name] = check(value, `${what}.${name}`);
  }
  return read;
}
