/**
 * The cookies of one call, which are in no jar.
 *
 * @module
 */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import { trimBlank } from '../request/headers.ts';
import { hasControlOrTab, toBytes } from './rules/cookie-text.ts';
import { splitPair } from './rules/set-cookie.ts';

/**
 * One `cookie` header out of three sources, by name: `call` wins over `header`, which wins over
 * `jar`. A cookie that is replaced keeps its place; new ones follow. Two cookies of one name in the
 * jar (of different paths) are both replaced.
 *
 * @throws InvalidRequestError for a name or value in `call` that cannot be sent
 */
export function mergeCookies(
  jar: string,
  header: string | undefined,
  call: Readonly<Record<string, string>> | undefined,
): string {
  const merged = header ? override(jar, header) : jar;
  if (call === undefined) return merged;
  const pairs = Object.entries(validateCookies(call)).map(
    ([name, value]) => `${name}=${toBytes(value)}`,
  );
  return pairs.length === 0 ? merged : override(merged, pairs.join('; '));
}

/** One header out of two: the cookies of `winners` take the place of those of their names. */
function override(base: string, winners: string): string {
  if (base === '') return winners;
  const waiting = new Map<string, string>();
  for (const pair of pairsOf(winners)) {
    const name = nameOf(pair);
    const earlier = waiting.get(name);
    waiting.set(name, earlier === undefined ? pair : `${earlier}; ${pair}`);
  }
  const names = new Set(waiting.keys());
  const merged: string[] = [];
  for (const pair of pairsOf(base)) {
    const name = nameOf(pair);
    if (!names.has(name)) merged.push(pair);
    const winner = waiting.get(name);
    if (winner !== undefined) merged.push(winner);
    waiting.delete(name);
  }
  return [...merged, ...waiting.values()].join('; ');
}

function pairsOf(header: string): string[] {
  return header
    .split(';')
    .map((pair) => trimBlank(pair))
    .filter((pair) => pair !== '');
}

function nameOf(pair: string): string {
  return splitPair(pair)[0];
}

/**
 * The `cookies` option of a call, checked and copied: own properties only.
 *
 * @throws InvalidRequestError naming the cookie, never its value
 */
export function validateCookies(cookies: unknown): Record<string, string> {
  if (typeof cookies !== 'object' || cookies === null || Array.isArray(cookies))
    throw new InvalidRequestError('cookies must be a record of names and values');
  // Without a prototype, so that every name is like all others.
  const copy = nullPrototype<Record<string, string>>();
  for (const [name, value] of Object.entries(cookies)) {
    const label = `cookies[${JSON.stringify(name.slice(0, 80))}]`;
    if (name === '' || /[=;,\s\x85]/.test(name) || hasControlOrTab(name))
      throw new InvalidRequestError(`${label}: not a cookie name`);
    if (typeof value !== 'string')
      throw new InvalidRequestError(`${label}: the value must be a string`);
    if (value.includes(';') || hasControlOrTab(value))
      throw new InvalidRequestError(
        `${label}: the value must not have a semicolon or a control character`,
      );
    copy[toBytes(name)] = value;
  }
  return copy;
}
