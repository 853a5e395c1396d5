/**
 * The clients that come from npm. It stands beside their `package.json`, so that they resolve here
 * and nowhere else; what each is, `../clients.mjs` says.
 *
 * Each runs with its own defaults (whatever retries and timeouts those are), a jar where its name
 * says so, and connections kept alive.
 */
import http from 'node:http';
import axios from 'axios';
import makeFetchCookie from 'fetch-cookie';
import got from 'got';
import { HttpCookieAgent } from 'http-cookie-agent/http';
import ky from 'ky';
import { ofetch } from 'ofetch';
import { CookieJar } from 'tough-cookie';

const credentials = { username: 'bench', password: 'bench' };

export const clients = {
  'fetch-cookie': {
    create(origin) {
      const fetchCookie = makeFetchCookie(fetch, new CookieJar());
      return {
        login: async () =>
          (
            await fetchCookie(`${origin}/login`, {
              method: 'POST',
              body: new URLSearchParams(credentials),
            })
          ).json(),
        get: async (url) => (await fetchCookie(url)).json(),
      };
    },
  },

  ky: {
    create() {
      return {
        get: (url) => ky.get(url).json(),
        upload: (url, chunks) =>
          ky.put(url, { body: ReadableStream.from(chunks), duplex: 'half' }).json(),
      };
    },
  },

  'ky + fetch-cookie': {
    create(origin) {
      const client = ky.extend({ fetch: makeFetchCookie(fetch, new CookieJar()) });
      return {
        login: () =>
          client.post(`${origin}/login`, { body: new URLSearchParams(credentials) }).json(),
        get: (url) => client.get(url).json(),
      };
    },
  },

  ofetch: {
    create() {
      return { get: (url) => ofetch(url) };
    },
  },

  'got + jar': {
    create(origin) {
      const client = got.extend({
        cookieJar: new CookieJar(),
        agent: { http: new http.Agent({ keepAlive: true }) },
      });
      return {
        login: () => client.post(`${origin}/login`, { form: credentials }).json(),
        get: (url) => client.get(url).json(),
      };
    },
  },

  /**
   * By `http-cookie-agent`, because `axios-cookiejar-support` makes a new agent for each call and
   * so opens a socket for each.
   */
  'axios + jar': {
    create(origin) {
      const client = axios.create({
        httpAgent: new HttpCookieAgent({ keepAlive: true, cookies: { jar: new CookieJar() } }),
      });
      return {
        login: () => client.post(`${origin}/login`, new URLSearchParams(credentials)),
        get: async (url) => (await client.get(url)).data,
      };
    },
  },
};
