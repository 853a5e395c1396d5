/**
 * A worker that answers with the response of a session itself. The query of a request says which
 * `url` to get, and in which `way` it is handed to the host.
 *
 * @module
 */
import { Session, type SessionResponse } from 'isosession';

const session = new Session({ retry: 0 });

/** What the cache of Cloudflare has, which reads the insides of what it is given. */
async function fromCache(response: Response): Promise<Response> {
  const key = `https://cached.test/${crypto.randomUUID()}`;
  const cache = (caches as unknown as { default: Cache }).default;
  await cache.put(key, response);
  return (await cache.match(key)) ?? new Response('not cached');
}

const ways: Record<string, (response: SessionResponse) => Promise<Response> | Response> = {
  itself: (response) => response,
  clone: (response) => response.clone(),
  'the original of a clone': (response) => {
    response.clone();
    return response;
  },
  'the original of a clone that was read': async (response) => {
    await response.clone().text();
    return response;
  },
};

/** What Cloudflare has besides. */
const waysOfCache: typeof ways = {
  'itself, from the cache': fromCache,
  'a clone, from the cache': (response) => fromCache(response.clone()),
  'the original of a clone that the cache has': async (response) => {
    await fromCache(response.clone());
    return response;
  },
};

/** What a test is to ask for. */
export const names = Object.keys(ways);
export const namesOfCache = Object.keys(waysOfCache);

export const worker = {
  async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const response = await session.get(query.get('url') as string);
    const way = { ...ways, ...waysOfCache }[query.get('way') as string];
    return way ? way(response) : new Response('no such way', { status: 404 });
  },
};
