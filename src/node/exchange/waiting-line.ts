/**
 * Those who wait for a connection, in the order in which they came. A `Set` alone, looked at from
 * its beginning, takes quadratic time: it passes over the places of all that have left it.
 */
export class WaitingLine<T extends object> implements Iterable<T> {
  readonly #members = new Set<T>();
  /** Goes on behind {@link #first}; none while nobody waits, as it would hold those who did. */
  #rest: Iterator<T> | undefined;
  #first: T | undefined;

  get size(): number {
    return this.#members.size;
  }

  /** Who has waited longest. */
  get first(): T | undefined {
    while (!this.#first && this.#members.size > 0) {
      this.#rest ??= this.#members.values();
      const next = this.#rest.next();
      if (next.done) this.#rest = undefined;
      else this.#first = next.value;
    }
    return this.#first;
  }

  add(member: T): void {
    this.#members.add(member);
  }

  delete(member: T): void {
    this.#members.delete(member);
    if (this.#first === member) this.#first = undefined;
    if (this.#members.size === 0) this.#rest = undefined;
  }

  clear(): void {
    this.#members.clear();
    this.#first = this.#rest = undefined;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members.values();
  }
}
