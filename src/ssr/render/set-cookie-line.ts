/**
 * A `Set-Cookie` line in its parts, each as it was written: what nobody changes goes on byte for
 * byte.
 */
import { isFieldValue, trimBlank } from '../../request/headers.ts';
import { nameOf } from './visitor-cookies.ts';

export interface SetCookieLine {
  readonly name: string;
  readonly pair: string;
  /** The name of each in lower case, and its text: `name=value` or `name`. */
  readonly attributes: readonly (readonly [name: string, text: string])[];
}

/** `undefined` for what is no cookie to a browser, or no header. */
export function parseLine(line: string): SetCookieLine | undefined {
  const [pair = '', ...attributes] = line.split(';').map((part) => trimBlank(part));
  if (!isFieldValue(line) || pair === '' || pair === '=') return undefined;
  return {
    name: nameOf(pair),
    pair,
    attributes: attributes
      .filter(Boolean)
      .map((text) => [(nameOf(text) || text).toLowerCase(), text]),
  };
}

export function toLine({ pair, attributes }: SetCookieLine): string {
  return [pair, ...attributes.map(([, text]) => text)].join('; ');
}

/** The value of an attribute, of several the last one's; `undefined` when there is none. */
export function attributeOf({ attributes }: SetCookieLine, name: string): string | undefined {
  const text = attributes.filter((attribute) => attribute[0] === name).at(-1)?.[1];
  return text && (text.includes('=') ? trimBlank(text, text.indexOf('=') + 1) : '');
}

/** With the attribute in the place of any of its name; `null`: without any. */
export function withAttribute(
  line: SetCookieLine,
  name: string,
  text: string | null,
): SetCookieLine {
  const others = line.attributes.filter((attribute) => attribute[0] !== name);
  return { ...line, attributes: text === null ? others : [...others, [name, text]] };
}

/** The domain that it is for, `''` when that is the host alone (RFC 6265bis, section 5.6.3). */
export function domainOf(line: SetCookieLine): string {
  return (attributeOf(line, 'domain') ?? '').replace(/^\./, '').toLowerCase();
}

/**
 * Why browsers refuse it: the prefixes of names (RFC 6265bis, section 4.1.3), and what needs
 * `Secure`. `undefined` for what they take.
 */
export function refusal(line: SetCookieLine): string | undefined {
  return refusalOfPrefix(line) ?? refusalOfInsecure(line);
}

/** `host` of `__Host-sid=1`. Browsers look for it where a nameless cookie has its value, too. */
function prefixOf({ name, pair }: SetCookieLine): string | undefined {
  const [, prefix] = /^__(secure|host-http|host|http)-/i.exec(name || pair) ?? [];
  return prefix?.toLowerCase();
}

function refusalOfPrefix(line: SetCookieLine): string | undefined {
  const prefix = prefixOf(line);
  if (prefix === undefined) return undefined;
  if (!line.name) return 'the value of a nameless cookie may not begin with a prefix';
  if (!has(line, 'secure')) return `the prefix __${prefix}- needs Secure`;
  const isOfHost = domainOf(line) === '' && attributeOf(line, 'path') === '/';
  if (prefix.startsWith('host') && !isOfHost)
    return `the prefix __${prefix}- needs Path=/ and no Domain`;
  if (prefix.endsWith('http') && !has(line, 'httponly'))
    return `the prefix __${prefix}- needs HttpOnly`;
  return undefined;
}

function refusalOfInsecure(line: SetCookieLine): string | undefined {
  if (has(line, 'secure')) return undefined;
  if (attributeOf(line, 'samesite')?.toLowerCase() === 'none') return 'SameSite=None needs Secure';
  if (has(line, 'partitioned')) return 'Partitioned needs Secure';
  return undefined;
}

function has(line: SetCookieLine, name: string): boolean {
  return attributeOf(line, name) !== undefined;
}
