/**
 * The clients with nothing to install: isosession as it was built, and what Node and undici have.
 *
 * Each is `{ create(origin, network) }`, and `create` gives: `get(url)`, which resolves to the
 * parsed JSON; `login()`, when the client has a cookie jar; `download(url)`, which resolves to
 * chunks as they come; `upload(url, chunks)`, which streams and resolves to the parsed answer.
 *
 * `network`: `proxy`, a URL; `ca`, the file of the certificate to trust; `http2`. Those who heed it
 * can be measured by `network.mjs`. `against` stands there too: the folder of another build.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Agent, ProxyAgent, request } from 'undici';

/** `undici.request` by way of a dispatcher. */
function requestBy(dispatcher) {
  return { get: async (url) => (await request(url, { dispatcher })).body.json() };
}

/** TLS options as undici takes them. */
function trusting(ca) {
  return ca && { ca: readFileSync(ca) };
}

/**
 * Everything on: jar, default headers, retries, and all four timeouts, of which `total` is off by
 * default. `load` imports an entry of the build that is measured.
 */
async function createSession(origin, { proxy, ca, http2 }, load) {
  const { Session } = await load('isosession');
  const session = new Session({
    baseUrl: origin,
    headers: { 'accept-language': 'en', 'x-client': 'bench' },
    retry: 2,
    timeout: { connect: 10_000, response: 30_000, body: 30_000, total: 60_000 },
    proxy,
    tls: ca && { ca },
    transport: http2 && (await load('isosession/node')).undiciTransport({ http2 }),
  });
  return {
    login: () => session.post('login', { form: { username: 'bench', password: 'bench' } }).json(),
    get: (url) => session.get(url).json(),
    download: async (url) => (await session.get(url)).body,
    upload: (url, chunks) => session.put(url, { body: chunks }).json(),
  };
}

export const clients = {
  isosession: {
    create: (origin, network) => createSession(origin, network, (entry) => import(entry)),
  },

  /** ky as a front end, with what `ky + fetch-cookie` has. */
  'ky + isosession': {
    async create(origin) {
      const { Session } = await import('isosession');
      const { createKy } = await import('isosession/ky');
      const client = createKy(new Session());
      return {
        login: () =>
          client
            .post(`${origin}/login`, {
              body: new URLSearchParams({ username: 'bench', password: 'bench' }),
            })
            .json(),
        get: (url) => client.get(url).json(),
      };
    },
  },

  /** Another build, with the dependencies that are installed there. */
  'isosession (before)': {
    create: (origin, network) => {
      const { resolve } = createRequire(join(network.against, 'package.json'));
      return createSession(origin, network, (entry) => import(pathToFileURL(resolve(entry)).href));
    },
  },

  /**
   * The floor: undici's own innermost call, its chunks collected and parsed. No URL parsing, no
   * promise of a response.
   */
  dispatch: {
    create(origin) {
      const agent = new Agent();
      return {
        get: (url) =>
          new Promise((resolve, reject) => {
            const chunks = [];
            agent.dispatch(
              { origin, path: url.slice(origin.length), method: 'GET' },
              {
                onRequestStart() {},
                onResponseStart() {},
                onResponseData(controller, chunk) {
                  chunks.push(chunk);
                },
                onResponseEnd() {
                  try {
                    resolve(
                      JSON.parse(
                        chunks.length === 1
                          ? chunks[0].toString()
                          : Buffer.concat(chunks).toString(),
                      ),
                    );
                  } catch (error) {
                    reject(error);
                  }
                },
                onResponseError(controller, error) {
                  reject(error);
                },
              },
            );
          }),
      };
    },
  },

  'undici.request': {
    create() {
      return {
        get: async (url) => (await request(url)).body.json(),
        download: async (url) => (await request(url)).body,
        upload: async (url, chunks) =>
          (await request(url, { method: 'PUT', body: chunks })).body.json(),
      };
    },
  },

  fetch: {
    create() {
      return {
        get: async (url) => (await fetch(url)).json(),
        download: async (url) => (await fetch(url)).body,
        upload: async (url, chunks) =>
          (
            await fetch(url, { method: 'PUT', body: ReadableStream.from(chunks), duplex: 'half' })
          ).json(),
      };
    },
  },

  ProxyAgent: {
    create: (origin, { proxy, ca }) =>
      requestBy(new ProxyAgent({ uri: proxy, requestTls: trusting(ca) })),
  },

  /** It lets the proxy forward what is for `http:`, instead of opening a tunnel. */
  'ProxyAgent, no tunnel': {
    create: (origin, { proxy }) => requestBy(new ProxyAgent({ uri: proxy, proxyTunnel: false })),
  },

  'Agent, allowH2': {
    create: (origin, { ca }) => requestBy(new Agent({ allowH2: true, connect: trusting(ca) })),
  },

  'Agent, allowH2, 1 connection': {
    create: (origin, { ca }) =>
      requestBy(new Agent({ allowH2: true, connections: 1, connect: trusting(ca) })),
  },
};
