/**
 * The own properties of all parts as one record, later ones first. It has no prototype, so that a
 * polluted `Object.prototype` cannot add to it.
 */
export function nullPrototype<T extends object>(...parts: (object | null | undefined)[]): T {
  // What the parts make together is known to the caller alone.
  return Object.assign(Object.create(null), ...parts);
}

/** The same, frozen. */
export function frozen<T extends object>(...parts: (object | null | undefined)[]): Readonly<T> {
  return Object.freeze(nullPrototype<T>(...parts));
}
