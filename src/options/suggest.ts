/** What is said of an option that does not exist: which one was probably meant. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { RequestOptions, SessionOptions } from '../types/options.ts';

/** What other clients call an option, by our name for it. */
export type OtherNames = Readonly<Record<string, readonly string[] | undefined>>;

/** Those of a call and of a session. */
const otherNames: OtherNames = {
  baseUrl: ['prefixUrl', 'prefix'],
  body: ['files'],
  cookies: ['jar', 'cookieJar'],
  credentials: ['withCredentials'],
  form: ['data'],
  proxy: ['proxies'],
  redirect: ['followRedirect', 'follow', 'allowRedirects'],
  retry: ['retries'],
  searchParams: ['params', 'query', 'qs'],
  throwHttpErrors: ['validateStatus'],
  tls: ['verify', 'https'],
  transport: ['agent', 'adapter', 'httpsAgent'],
} satisfies Partial<Record<keyof RequestOptions | keyof SessionOptions, readonly string[]>>;

/** What to write in the place of an option that has no one counterpart here. */
const mends: Readonly<Record<string, string | undefined>> = {
  data: 'use json or form',
  responseType: 'ask the call for json(), text(), bytes(), blob() or formData()',
};

/**
 * The error for an option that does not exist.
 *
 * @param what whose option it would be: a `call`'s, a `session`'s, or that of the option so called
 * @param known the names that there are
 */
export function unknownOption(
  name: string,
  what: string,
  known: readonly string[],
  names?: OtherNames,
): InvalidRequestError {
  if (!isDevelopment) return new InvalidRequestError(`${what}.${name}`);
  const hint = hintFor(name, what, nearest(name, known, names));
  return new InvalidRequestError(`${name} is no ${what} option${hint}`);
}

function hintFor(name: string, what: string, meant: string | undefined): string {
  // One of a session that stands in a call, or the other way about, has its right name.
  if (meant === name) return `: give it to ${what === 'call' ? 'new Session()' : 'the call'}`;
  if (what === 'call' && Object.hasOwn(mends, name)) return `: ${mends[name]}`;
  return meant ? `: did you mean ${meant}?` : '';
}

/**
 * The one of `known` that was most likely meant by `name`: another client's word for it, or at most
 * two slips of the pen away.
 */
export function nearest(
  name: string,
  known: readonly string[],
  names = otherNames,
): string | undefined {
  const given = simplify(name.slice(0, 40));
  let best: string | undefined;
  // A short name says too little to allow for two slips.
  let least = Math.min(3, given.length / 2);
  for (const option of known) {
    for (const word of [option, ...(names[option] ?? [])]) {
      const distance = slips(given, simplify(word), 2);
      if (distance < least) [best, least] = [option, distance];
    }
  }
  return best;
}

function simplify(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** Levenshtein's distance up to `most`, beyond it `Infinity`. */
function slips(a: string, b: string, most: number): number {
  const [restA, restB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return a ? slips(restA, restB, most) : 0;
  if (most === 0) return Infinity;
  // A letter that was added, left out, or another one.
  return (
    1 +
    Math.min(slips(restA, b, most - 1), slips(a, restB, most - 1), slips(restA, restB, most - 1))
  );
}
