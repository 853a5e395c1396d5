import type { Cookie } from 'tough-cookie';

/** The cookies of one domain, by all else that tells them apart. */
export class DomainCookies extends Map<string, Cookie> {
  readonly owner: RegistrableDomain;

  constructor(owner: RegistrableDomain) {
    super();
    this.owner = owner;
    owner.domains.add(this);
  }
}

/** A registrable domain with all below it, or any other host: whose cookies share a limit. */
export class RegistrableDomain {
  readonly name: string;
  readonly domains = new Set<DomainCookies>();

  constructor(name: string) {
    this.name = name;
  }

  /** How many cookies it has in all. */
  get size(): number {
    let size = 0;
    for (const cookies of this.domains) size += cookies.size;
    return size;
  }

  *all(): Iterable<Cookie> {
    for (const cookies of this.domains) yield* cookies.values();
  }
}
