import { UnsupportedError } from '../../errors/unsupported-error.ts';

/**
 * Loads a package that this one depends on when it is first needed. It is `required`, not imported:
 * who needs it has the answer of a server or a socket in hands, and those do not wait.
 *
 * @throws {UnsupportedError} where it cannot be loaded, as beside a bundle that leaves it out.
 */
export function loadDependency<T>(name: string, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    throw new UnsupportedError(
      `Node cannot load ${name}, which isosession depends on: install it, ` +
        'and beside a bundle keep it in node_modules',
      { cause },
    );
  }
}
