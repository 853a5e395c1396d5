/** A list for what comes and goes with every call: a `Set` would allocate and rehash. */

/** A member, linked by fields of its own. */
export interface Linked<T> {
  before: T | undefined;
  after: T | undefined;
}

export class LinkedList<T extends Linked<T>> implements Iterable<T> {
  size = 0;
  #head: T | undefined;

  add(item: T): void {
    item.after = this.#head;
    if (this.#head) this.#head.before = item;
    this.#head = item;
    this.size++;
  }

  remove(item: T): void {
    if (item.before) item.before.after = item.after;
    else this.#head = item.after;
    if (item.after) item.after.before = item.before;
    item.before = item.after = undefined;
    this.size--;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let item = this.#head; item;) {
      // The one in hand may be removed.
      const { after } = item;
      yield item;
      item = after;
    }
  }
}
