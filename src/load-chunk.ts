import { isDevelopment } from './development.ts';
import { NetworkError } from './errors/network-error.ts';

/**
 * Loads a part of the library that most pages never need. Such a module imports nothing of the
 * library but types: a bundler that splits would move what it shares with the page's own bundle out
 * of that. What it needs, it is given as arguments.
 *
 * @throws {NetworkError} when it cannot be loaded, as after a deployment that removed the file.
 */
export async function loadChunk<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new NetworkError(
      isDevelopment
        ? 'A part of isosession could not be loaded; if the site was deployed anew, reload the page'
        : 'chunk not loaded',
      { cause },
    );
  }
}
