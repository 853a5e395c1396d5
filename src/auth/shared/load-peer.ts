import { UnsupportedError } from '../../errors/unsupported-error.ts';

/**
 * Loads a package that is there only where somebody has installed it.
 *
 * @throws {UnsupportedError} with what to install.
 */
export async function loadPeer<T>(load: () => Promise<T>, name: string, user: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new UnsupportedError(
      `${user} needs the package ${name}, which cannot be loaded: npm install ${name}`,
      { cause },
    );
  }
}
