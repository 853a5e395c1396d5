/**
 * The starts of the clients with nothing to install: what a program does before its first call, and
 * that call.
 *
 * Each is a function that imports the client, makes what its calls are made by, and resolves to
 * `get(url)`, which resolves to the parsed JSON. It imports nothing else, and not before.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

async function startSession(load) {
  const { Session } = await load();
  const session = new Session();
  return (url) => session.get(url).json();
}

/** `against`: the folder of another build. */
export const starts = (against) => ({
  isosession: () => startSession(() => import('isosession')),

  'isosession (before)': () => {
    const { resolve } = createRequire(join(against, 'package.json'));
    return startSession(() => import(pathToFileURL(resolve('isosession')).href));
  },

  undici: async () => {
    const { request } = await import('undici');
    return async (url) => (await request(url)).body.json();
  },

  fetch: () => async (url) => (await fetch(url)).json(),
});
