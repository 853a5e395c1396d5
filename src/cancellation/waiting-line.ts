/**
 * Those who wait for a connection or for their turn, in the order in which they came. A `Set`
 * alone, looked at from its beginning, takes quadratic time: it passes over the places of all that
 * have left it.
 */
export class WaitingLine<T extends object> implements Iterable<T> {
  readonly #members = new Set<T>();
  /** Goes on behind {@link #first}; none while nobody waits, as it would hold those who did. */
  #rest: Iterator<T> | undefined;
  #first: T | undefined;
  /** How many wait. A field, as every call that ends looks at it. */
  size = 0;

  /** Who has waited longest. */
  get first(): T | undefined {
    while (!this.#first && this.size > 0) {
      this.#rest ??= this.#members.values();
      const next = this.#rest.next();
      if (next.done) this.#rest = undefined;
      else this.#first = next.value;
    }
    return this.#first;
  }

  add(member: T): void {
    this.#members.add(member);
    this.size = this.#members.size;
  }

  delete(member: T): void {
    this.#members.delete(member);
    if (this.#first === member) this.#first = undefined;
    this.size = this.#members.size;
    if (this.size === 0) this.#rest = undefined;
  }

  clear(): void {
    this.#members.clear();
    this.size = 0;
    this.#first = this.#rest = undefined;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members.values();
  }
}
