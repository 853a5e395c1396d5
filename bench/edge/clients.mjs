/**
 * What the runtimes compare: a session as it is without any option, and their own `fetch`. Bundled
 * for each runtime with the build that is measured.
 */
import { Session } from 'isosession';

export const clients = {
  session() {
    const session = new Session();
    return { get: (url) => session.get(url).json() };
  },

  fetch() {
    return { get: async (url) => (await fetch(url)).json() };
  },
};
