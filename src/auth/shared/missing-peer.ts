import { UnsupportedError } from '../../errors/unsupported-error.ts';

/**
 * For the `catch()` of an `import()` of a package that is there only where somebody has installed
 * it: what to install. So written, bundlers let it be missing.
 *
 * @throws {UnsupportedError} whenever it is called.
 */
export function missingPeer(name: string, user: string): (cause: unknown) => never {
  return (cause) => {
    throw new UnsupportedError(
      `${user} needs the package ${name}, which cannot be loaded: npm install ${name}`,
      { cause },
    );
  };
}
