import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { CookieRecord } from '../../types/cookies.ts';
import { toSameSite } from '../rules/set-cookie.ts';

/** A field's type by the name of `typeof`. */
interface Types {
  string: string;
  number: number;
  boolean: boolean;
}

/** The fields of a record of somebody else's, each checked as it is read; own properties alone. */
export class Fields {
  readonly #record: object;
  /** Such as `cookies[3]`, for messages. */
  readonly #label: string;

  constructor(record: unknown, label: string) {
    this.#label = label;
    if (typeof record !== 'object' || record === null) this.fail('must be an object');
    this.#record = record;
  }

  /** `null` is as good as nothing. */
  get(name: string): unknown {
    const value: unknown = Object.hasOwn(this.#record, name)
      ? Reflect.get(this.#record, name)
      : undefined;
    return value ?? undefined;
  }

  read<Name extends keyof Types>(name: string, type: Name): Types[Name] | undefined {
    const value = this.get(name);
    if (value === undefined || isOfType(value, type)) return value;
    return this.fail(`${name} must be a ${type}`);
  }

  text(name: string): string {
    return this.read(name, 'string') ?? this.fail(`${name} must be a string`);
  }

  array(name: string): unknown[] {
    const value = this.get(name) ?? [];
    return Array.isArray(value) ? value : this.fail(`${name} must be an array`);
  }

  inner(name: string): Fields {
    return new Fields(this.get(name), `${this.#label}.${name}`);
  }

  items(name: string): Fields[] {
    return this.array(name).map((item, i) => new Fields(item, `${this.#label}.${name}[${i}]`));
  }

  /** A date as text, in ms. */
  date(name: string): number | undefined {
    const text = this.read(name, 'string');
    if (text === undefined) return undefined;
    const time = Date.parse(text);
    return Number.isNaN(time) ? this.fail(`${name} must be a date`) : time;
  }

  /** In any letter case. */
  sameSite(name: string): CookieRecord['sameSite'] {
    return toSameSite(this.read(name, 'string')?.toLowerCase());
  }

  /** Names the field, never its value. */
  fail(problem: string): never {
    throw new InvalidRequestError(`${this.#label}: ${problem}`);
  }
}

function isOfType<Name extends keyof Types>(value: unknown, type: Name): value is Types[Name] {
  return typeof value === type;
}

/** A domain as many formats write it: with a leading dot where subdomains are meant, too. */
export function dottedDomain({ domain, hostOnly }: CookieRecord, label: string): string {
  if (!domain) throw new InvalidRequestError(`${label}: domain is missing`);
  return isHostOnly({ domain, hostOnly }) ? domain : `.${domain}`;
}

/** Whether it is for exactly its domain: as a record says it, or leaves it out. */
export function isHostOnly({
  domain,
  hostOnly,
}: Pick<CookieRecord, 'domain' | 'hostOnly'>): boolean {
  return hostOnly ?? !domain;
}

/** The members of a domain with or without a dot. */
export function fromDottedDomain(text: string): { domain: string; hostOnly: boolean } {
  const hasDot = text.startsWith('.');
  return { domain: hasDot ? text.slice(1) : text, hostOnly: !hasDot };
}

/** A cookie for messages: its name, never its value. */
export function labelOf(format: string, { name }: CookieRecord): string {
  return `${format}: cookie ${JSON.stringify(name.slice(0, 80))}`;
}
